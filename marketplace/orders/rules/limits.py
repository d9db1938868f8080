"""The greatest and least values that any order may state; what an authority sets is configured elsewhere."""

from __future__ import annotations

from decimal import Decimal

ZERO, ONE = Decimal(0), Decimal(1)

GREATEST_VOLUME = Decimal(10) ** 9  # grade units in one month; the world makes less of any grade
GREATEST_PRICE = Decimal(10) ** 9  # CNY per unit, either sign
GREATEST_AMOUNT_CNY = Decimal(10) ** 12
GREATEST_FACTOR = Decimal(100)  # contents, coefficients, ratios, yields
LONGEST_AMOUNT = 40  # characters of one number
MOST_DECIMALS = 12  # digits after the point

LONGEST_NAME = 64  # families, sets, tags, certificates, attributes
LONGEST_REASON = 200
LONGEST_REFERENCE = 64

MOST_MONTHS = 120  # with volume in one order
MONTHS_AHEAD = 240  # how far a delivery may lie ahead
MOST_DAYS = 365  # of payment, notice, tenor, objection
MOST_MAKE_UP_MONTHS = 36
MOST_COUNTERPARTIES = 1000
MOST_ENTRIES = 200  # of any list: approved, excluded, incumbents ...
MOST_COMPONENTS = 10
MOST_STEPS = 20
