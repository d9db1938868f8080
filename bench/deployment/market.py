"""A generated market as a frozen round of a real platform: organisations, sites, orders, all by the services."""

from __future__ import annotations

import json
import math
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import flask_migrate

from marketplace.app import create_app
from marketplace.catalogue import services as catalogue
from marketplace.catalogue.models import Grade
from marketplace.config import Settings
from marketplace.jobs import engine
from marketplace.samples.load import load_file
from marketplace.shared.actor import SYSTEM
from marketplace.shared.clock import utc_now
from marketplace.shared.database import db, unit_of_work
from solver.form.market import canonical_bytes
from solver.generate import generate

WEST_DEG, SOUTH_DEG, KM_PER_DEG, MIDDLE_DEG = 75.0, 20.0, 111.2, 35.0  # where the law's plane lies on the globe


def load_round(settings: Settings, *, law: str, orders: int, seed: int) -> str:
    """Migrate an empty database and load a market of so many offers and as many needs; the id of its frozen round.

    The law's grades are added to the catalogue, its plane becomes latitudes and longitudes, and its contract costs by
    grade become their median, since a round has one; its components are those of the law.
    """
    app = create_app(settings)
    with app.app_context():
        flask_migrate.upgrade()
        if engine.uses_engine():
            engine.prepare_engine()
        document = _on_the_globe(json.loads(canonical_bytes(generate(orders, orders, periods=12, seed=seed, law=law))))
        now = utc_now()
        with unit_of_work():
            catalogue.load_catalogue(actor=SYSTEM, now=now)
            _add_grades([grade["id"] for grade in document["grades"]])
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "market.json")
            file.write_text(json.dumps(document), encoding="utf-8")
            round_id = load_file(file, now=now)
        db.engine.dispose()
    return round_id


def _on_the_globe(document: dict[str, Any]) -> dict[str, Any]:
    costs = [float(grade.pop("contract_cost", 0)) for grade in document["grades"]]
    for grade in document["grades"]:
        grade["id"], grade["unit"] = f"bench-{grade['id'].lower()}", "TNE"
    for order in document["orders"]:
        order["grade"] = f"bench-{order['grade'].lower()}"
        east_km, north_km = (float(order["site"][axis]) for axis in ("x_km", "y_km"))
        along = KM_PER_DEG * math.cos(math.radians(MIDDLE_DEG))
        lat, lon = SOUTH_DEG + north_km / KM_PER_DEG, WEST_DEG + east_km / along
        order["site"] = {"region": "510100", "lat": round(lat, 5), "lon": round(lon, 5)}
    document["freight"] = {"kind": "distance", "cny_per_unit_km": "0.35", "circuity": "1"}
    document["policy"] = {"contract_cost": f"{median(costs):.2f}"}
    return document


def _add_grades(names: list[str]) -> None:
    like = db.session.get_one(Grade, "graphite-anode")
    columns = {column.key: getattr(like, column.key) for column in Grade.__mapper__.column_attrs}
    db.session.add_all(Grade(**{**columns, "id": name, "attributes": []}) for name in names)
