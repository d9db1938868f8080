"""Running a round from the interface: claimed in the request's transaction, solved after its commit."""

from __future__ import annotations

from typing import Any

from flask import Response, after_this_request, current_app, make_response, url_for

from marketplace.api.http import idempotency
from marketplace.api.http.access import access, current_actor, now
from marketplace.api.http.versions import check_version, with_etag
from marketplace.api.v1.rounds.resources import blp
from marketplace.api.v1.rounds.schemas import ProgressSchema, RoundSchema, RunQuery
from marketplace.jobs import run_round as jobs
from marketplace.jobs.engine import enqueue
from marketplace.rounds import queries, services
from marketplace.shared import log_context
from marketplace.shared.actor import Role
from marketplace.shared.database import unit_of_work
from marketplace.shared.errors import InvalidInput


@blp.post("/rounds/<round_id>/running")
@blp.arguments(RunQuery, location="query")
@blp.response(202, RoundSchema)
@blp.alt_response(200, schema=RoundSchema, description="the run has ended (wait=true)")
@access(Role.OPERATOR, scope="rounds:write")
def run_round(query: dict[str, Any], round_id: str) -> Any:
    """撮合已冻结的轮次（运营方） / Clear a frozen round, in the background unless told to wait (operators)"""
    check_version(queries.round_to_change(round_id), required=False)
    actor = current_actor()
    shared = current_app.extensions["changdan-settings"].jobs == "workers"
    if shared and query["wait"]:
        raise InvalidInput.at("/wait", "is not offered where workers run the rounds", "true", "false", "not-a-choice")
    claim = services.claim_run(round_id, actor=actor, now=now(), shared=shared, request_id=log_context.request_id())
    if shared:
        enqueue("join_round", round_id)
        return with_etag(
            queries.round_by_id(round_id), {"Location": url_for("rounds.read_progress", round_id=round_id)}
        )

    @after_this_request
    def start(response: Response) -> Response:
        if response.status_code != 202:  # the claim was not committed
            return response
        if not query["wait"]:
            jobs.run_in_background(current_app._get_current_object(), claim, actor=actor)  # type: ignore[attr-defined]
            return response
        jobs.run_claimed(claim, actor=actor)
        with unit_of_work(writes=False):
            round_ = queries.round_by_id(round_id)
            ended = make_response(RoundSchema().dump(round_), 200, {"ETag": f'"{round_.version}"'})
        idempotency.keep_instead(ended)  # of the 202, which a repeat gets only while the run lasts
        return ended

    return with_etag(queries.round_by_id(round_id), {"Location": url_for("rounds.read_progress", round_id=round_id)})


@blp.get("/rounds/<round_id>/progress")
@blp.response(200, ProgressSchema)
@access(Role.OPERATOR, Role.REGULATOR, scope="rounds:read")
def read_progress(round_id: str) -> Any:
    """撮合进度 / How far the latest run is: component k of n, gap"""
    round_, progress = queries.round_by_id(round_id), queries.progress(round_id)
    seen = {"status": round_.status, "attempt": round_.attempt, "failure": round_.failure}
    names = ("stage", "component", "components", "gap", "started_at", "heartbeat_at")
    return {**seen, **{name: getattr(progress, name, None) for name in names}}
