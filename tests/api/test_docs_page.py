"""The interface describes itself without the outside world."""

from __future__ import annotations

import re

from flask.testing import FlaskClient


def test_the_page_loads_nothing_from_outside(client: FlaskClient) -> None:
    """Every address in it is our own, is served, and no badge is fetched from a validator elsewhere."""
    page = client.get("/api/v1/docs")
    assert page.status_code == 200
    assert re.findall(r"(?:https?:)?//[a-z]", page.text) == []
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(addresses) == 3
    for address in addresses:
        assert address.startswith("/api/v1/docs/assets/")
        with client.get(address) as asset:
            assert asset.status_code == 200
    assert '"validatorUrl": null' in page.text
    assert '"/api/v1/openapi.json"' in page.text


def test_assets_stay_in_their_folder(client: FlaskClient) -> None:
    """No way up."""
    assert client.get("/api/v1/docs/assets/../__init__.py").status_code == 404
    assert client.get("/api/v1/docs/assets/%2e%2e/__init__.py").status_code == 404


def test_the_description_names_every_route_and_how_to_sign_in(client: FlaskClient) -> None:
    """OpenAPI 3, with both ways to say who calls."""
    spec = client.get("/api/v1/openapi.json").json
    assert spec["openapi"].startswith("3.")
    assert set(spec["components"]["securitySchemes"]) == {"token", "session"}
    rules = {
        re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for rule in client.application.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and not rule.endpoint.startswith(("api-docs.", "docs-assets."))
    }
    assert set(spec["paths"]) == rules
    for path, item in spec["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                assert operation["summary"], f"{method} {path}"
                assert operation["responses"], f"{method} {path}"
