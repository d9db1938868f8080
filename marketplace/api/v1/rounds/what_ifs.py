"""What-if runs from the interface: asked in the request's transaction, solved after its commit."""

from __future__ import annotations

from typing import Any

from flask import Response, after_this_request, current_app, make_response, url_for

from marketplace.api.http import idempotency
from marketplace.api.http.access import access, current_actor, now
from marketplace.api.v1.rounds.resources import blp
from marketplace.api.v1.rounds.what_if_schemas import (
    WhatIfAskedSchema,
    WhatIfPageQuery,
    WhatIfPageSchema,
    WhatIfQuery,
    WhatIfRunWithResultsSchema,
)
from marketplace.jobs import run_what_if as jobs
from marketplace.jobs.engine import enqueue
from marketplace.rounds import queries, services
from marketplace.shared import log_context
from marketplace.shared.actor import Role
from marketplace.shared.database import unit_of_work
from marketplace.shared.errors import InvalidInput


@blp.post("/rounds/<round_id>/what-if")
@blp.arguments(WhatIfQuery, location="query")
@blp.arguments(WhatIfAskedSchema)
@blp.response(202, WhatIfRunWithResultsSchema)
@blp.alt_response(200, schema=WhatIfRunWithResultsSchema, description="the run has ended (wait=true)")
@access(Role.OPERATOR, scope="rounds:write")
def ask_what_if(query: dict[str, Any], body: dict[str, Any], round_id: str) -> Any:
    """假设情景：在已冻结或已出结果的轮次上比较（运营方） / Clear scenarios of a frozen or cleared round (operators)"""
    actor = current_actor()
    shared = current_app.extensions["changdan-settings"].jobs == "workers"
    if shared and query["wait"]:
        raise InvalidInput.at(
            "/wait", "is not offered where workers run the scenarios", "true", "false", "not-a-choice"
        )
    claim = services.ask_what_if(
        round_id, body["scenarios"], actor=actor, now=now(), shared=shared, request_id=log_context.request_id()
    )

    if shared:
        enqueue("run_what_if", claim.id)
        return _begun(round_id, claim.id)

    @after_this_request
    def start(response: Response) -> Response:
        if response.status_code != 202:  # what was asked was not committed
            return response
        if not query["wait"]:
            jobs.run_what_if_in_background(
                current_app._get_current_object(),  # type: ignore[attr-defined]
                claim,
                actor=actor,
            )
            return response
        jobs.run_what_if(claim, actor=actor)
        with unit_of_work(writes=False):
            found = queries.what_if_run(round_id, claim.id, actor, now=now())
            ended = make_response(WhatIfRunWithResultsSchema().dump(found), 200)
        idempotency.keep_instead(ended)  # of the 202, which a repeat gets only while the run lasts
        return ended

    return _begun(round_id, claim.id)


def _begun(round_id: str, what_if_id: str) -> Any:
    found = queries.what_if_run(round_id, what_if_id, current_actor(), now=now())
    return found, {"Location": url_for("rounds.read_what_if", round_id=round_id, what_if_id=what_if_id)}


@blp.get("/rounds/<round_id>/what-if")
@blp.arguments(WhatIfPageQuery, location="query")
@blp.response(200, WhatIfPageSchema)
@access(Role.OPERATOR, Role.REGULATOR, scope="rounds:read")
def list_what_ifs(query: dict[str, Any], round_id: str) -> Any:
    """本轮的假设情景运行 / What-if runs of a round, latest first"""
    return queries.what_if_runs(round_id, current_actor(), now=now(), **query)


@blp.get("/rounds/<round_id>/what-if/<what_if_id>")
@blp.response(200, WhatIfRunWithResultsSchema)
@access(Role.OPERATOR, Role.REGULATOR, scope="rounds:read")
def read_what_if(round_id: str, what_if_id: str) -> Any:
    """一次假设情景运行及其结果 / One what-if run and what it came to"""
    return queries.what_if_run(round_id, what_if_id, current_actor(), now=now())
