"""Terms of place."""

from __future__ import annotations

from decimal import Decimal

from marketplace.api.http.schemas import Schema
from marketplace.api.v1.orders.fields import AmountText, Text, below, by_month, list_of
from marketplace.orders.rules.kinds import DANGEROUS_GOODS_CLASSES, INCOTERMS, PARTIES
from marketplace.orders.rules.limits import GREATEST_FACTOR, GREATEST_PRICE, LONGEST_NAME, ONE, ZERO


class PlaceSchema(Schema):
    """A site of one's own by its id alone; any other place by coordinates and region."""

    id = Text("自有厂址 / a site of your own", example="sit_01kdvd…", longest=LONGEST_NAME)
    lat = AmountText("纬度 / latitude", example="30.57", least=Decimal(-90), most=Decimal(90))
    lon = AmountText("经度 / longitude", example="104.07", least=Decimal(-180), most=Decimal(180))
    region = Text("行政区划代码 GB/T 2260 / region code", example="510100", longest=6)


class DeliverySchema(Schema):
    """Where and how it is handed over; the limit price stands at the named place."""

    incoterms = list_of(
        Text("Incoterms 2020", example="DAP", choices=INCOTERMS),
        "接受的交货方式（EXW 自提，DAP 送到） / accepted; left out: any",
        most=len(INCOTERMS),
    )
    place = below(PlaceSchema, "指定地点，限价以此为准 / named place; left out: the order's site")
    invoice_form = Text("发票形式 / form of invoice", example="增值税专用发票", longest=LONGEST_NAME)
    dangerous_goods_class = Text("危险货物类别 / dangerous goods class", example="9", choices=DANGEROUS_GOODS_CLASSES)


class SourceSchema(Schema):
    """The producer's site and line behind an offer, whose capacity it uses."""

    site = Text("生产厂址 / site", example="宜宾工厂", longest=LONGEST_NAME, required=True)
    line = Text("产线 / line", example="二线", longest=LONGEST_NAME, required=True)
    capacity = by_month(
        AmountText("产能 / capacity", example="400", least=ZERO),
        "各月产能 / capacity per month",
        example={"2027-01": "400"},
        required=True,
    )


class TollingSchema(Schema):
    """The buyer supplies material; the seller works it for a fee."""

    grade = Text("来料牌号 / grade of the material", example="spodumene-concentrate", longest=64, required=True)
    yield_fraction = AmountText(
        "收率，吨产品/吨来料 / yield, t per t", example="0.125", above=ZERO, most=GREATEST_FACTOR, required=True
    )
    loss_limit = AmountText("损耗上限 / greatest loss", example="0.02", least=ZERO, most=ONE, required=True)
    fee = AmountText(
        "加工费（不含税） / fee beside the limit, CNY per unit, tax exclusive",
        example="18000",
        least=ZERO,
        most=GREATEST_PRICE,
        required=True,
    )
    title = Text("货权 / whose title", example="buyer", choices=PARTIES, required=True)


class DeliveryTermsSchema(Schema):
    """Where, from which line."""

    delivery = below(DeliverySchema, "交货 / delivery")
    source = below(SourceSchema, "货源 / the producer behind an offer")
    tolling = below(TollingSchema, "来料加工 / tolling")
