"""The interface describes itself without the outside world."""

from __future__ import annotations

import re

import jsonschema
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


def test_who_comes_without_an_address_is_shown_the_page(client: FlaskClient) -> None:
    """The root, the interface's root, and the page with a stroke too many."""
    for path in ("/", "/api/v1/", "/api/v1/docs/"):
        reply = client.get(path)
        assert (reply.status_code, reply.headers["Location"]) == (302, "/api/v1/docs"), path


def test_assets_stay_in_their_folder(client: FlaskClient) -> None:
    """No way up."""
    assert client.get("/api/v1/docs/assets/../__init__.py").status_code == 404
    assert client.get("/api/v1/docs/assets/%2e%2e/__init__.py").status_code == 404


def test_the_description_names_every_route_and_how_to_sign_in(client: FlaskClient) -> None:
    """OpenAPI 3, with both ways to say who calls."""
    spec = client.get("/api/v1/openapi.json").json
    assert spec["openapi"].startswith("3.")
    assert set(spec["components"]["securitySchemes"]) == {"token", "session", "csrf"}
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
                assert operation["description"], f"{method} {path}"
                assert operation["responses"]["default"] == {"$ref": "#/components/responses/DEFAULT_ERROR"}


def test_errors_are_described_as_they_are(client: FlaskClient) -> None:
    """A real problem document validates against its description."""
    spec = client.get("/api/v1/openapi.json").json
    content = spec["components"]["responses"]["DEFAULT_ERROR"]["content"]
    assert content == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    schema = {**spec["components"]["schemas"]["Problem"], "components": spec["components"]}
    replies = [
        client.get("/api/v1/sites"),
        client.get("/api/v1/nowhere"),
        client.post("/api/v1/session", json={"email": 5, "colour": "red"}),
        client.post("/api/v1/session", data=b"{", content_type="application/json"),
        client.post("/api/v1/session", data=b"x" * 6_000_000, content_type="application/json"),
    ]
    assert [reply.status_code for reply in replies] == [401, 404, 422, 400, 413]
    for reply in replies:
        jsonschema.validate(reply.json, schema)


def test_who_may_call_is_described(client: FlaskClient) -> None:
    """Roles and scope in words, the way in as security, the headers as parameters."""
    paths = client.get("/api/v1/openapi.json").json["paths"]
    assert paths["/api/v1/organisations"]["post"]["security"] == []
    assert paths["/api/v1/tokens"]["post"]["security"] == [{"session": [], "csrf": []}]
    change = paths["/api/v1/sites/{site_id}"]["patch"]
    assert "organisation_admin" in change["description"]
    assert "accounts:write" in change["description"]
    assert [parameter["name"] for parameter in change["parameters"]] == ["If-Match"]
    add = paths["/api/v1/sites"]["post"]
    assert [parameter["name"] for parameter in add["parameters"]] == ["Idempotency-Key"]
    listed = [parameter["name"] for parameter in paths["/api/v1/sites"]["get"]["parameters"]]
    assert set(listed) == {"cursor", "limit", "active"}


def test_every_way_to_be_refused_is_described(client: FlaskClient) -> None:
    """Who must sign in may be told so, what is named may be missing, what is changed may have changed before."""
    paths = client.get("/api/v1/openapi.json").json["paths"]

    def described(path: str, method: str) -> set[str]:
        return set(paths[path][method]["responses"]) - {"default"}

    assert described("/api/v1/orders", "get") == {"200", "401", "403", "422", "429", "503"}
    writes = {"400", "401", "403", "404", "409", "412", "413", "415", "422", "429", "503"}
    assert described("/api/v1/orders", "post") == writes | {"201"}
    assert described("/api/v1/orders/{order_id}", "patch") == writes | {"200", "428"}
    assert described("/api/v1/session", "post") == writes - {"403", "404"} | {"200"}
    problem = {"$ref": "#/components/responses/CONFLICT"}
    assert paths["/api/v1/orders"]["post"]["responses"]["409"] == problem


def test_files_are_described_by_their_kinds(client: FlaskClient) -> None:
    """A contract's document comes as one of two kinds of file."""
    paths = client.get("/api/v1/openapi.json").json["paths"]
    (reply,) = [
        paths[path]["get"]["responses"]["200"] for path in paths if path.endswith("/versions/{number}/document")
    ]
    assert set(reply["content"]) == {"application/pdf", "text/html"}
