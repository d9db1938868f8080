"""Requests made from the OpenAPI description, played by every kind of caller, and what was wrong with the replies.

A request is one that schemathesis makes of an operation, right or wrong by the description.  In most, parts are put in
place of what was made: the path of a thing that is there, the caller's own or a stranger's, as the permission matrix
makes it; the matrix's valid body, whole or with one value spoilt; no query.  So many requests come to where things
happen, and the others still try every way to be refused.
"""

from __future__ import annotations

import copy
import json
import random
import time
import traceback
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import hypothesis
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import strategies as st
from marshmallow import fields
from schemathesis.config import SchemathesisConfig
from schemathesis.core import NOT_SET
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
)

from marketplace.accounts.models import Member
from marketplace.shared.database import db
from tests.api.permission_routes import MEMBERS, Caller, Make, Route
from tests.factories.accounts import in_session, make_member, signed_in
from tests.undoing import Undoing

STRANGER = "stranger"  # whose things they all try to reach
EVERY_ROLE = "every_role"  # a member with all roles of a trading company
CALLERS = (*Caller, EVERY_ROLE)
TURNS_TOGETHER = 10  # requests that meet what those before them have changed

CHECKS = [content_type_conformance, response_schema_conformance, response_headers_conformance]
QUIET = hypothesis.settings(
    database=None,
    deadline=None,
    phases=[hypothesis.Phase.generate],
    suppress_health_check=list(hypothesis.HealthCheck),
)
CONFIG = {"generation": {"with-security-parameters": False}}

# What reaches the ends of types, and what is no value at all.
NASTY: tuple[Any, ...] = (
    *(None, "", " ", "0", "-1", "1e999", "NaN", "9" * 40, "0." + "1" * 40, "\0", "\ud800", "长" * 300, "x" * 5000),
    *(0, -1, 2**31, 2**63, 10**40, 1e308, True, [], {}, [[]], [None], {"": None}, {"a": {"a": {}}}),
    *("2026-13", "0001-01", "9999-12", "2027-01", "2027-02-30", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"),
    *("%", "_", "'", '"', "=1+1", "../..", "²", "١", "1_0", "+1", " 1", "1.", ".5", "-0"),
)


NO = {str(value).lower() for value in fields.Boolean.falsy}


@dataclass
class Findings:
    """How many requests were sent, how they were answered, and what was wrong: one example of each kind."""

    requests: Counter[str] = field(default_factory=Counter)
    statuses: dict[str, Counter[int]] = field(default_factory=dict)
    wrong: dict[tuple[str, str], str] = field(default_factory=dict)
    seconds: float = 0.0

    def note(self, operation: str, kind: str, text: str) -> None:
        """Something wrong, unless the same is known."""
        self.wrong.setdefault((operation, kind), text)

    def figures(self) -> str:
        """Requests and statuses of every caller, for people."""
        total = sum(self.requests.values())
        lines = [f"{total} requests in {self.seconds:.0f} s, {len(self.wrong)} things wrong"]
        for caller, count in self.requests.items():
            answered = ", ".join(f"{status}: {n}" for status, n in sorted(self.statuses[caller].items()))
            lines.append(f"{caller:>21} {count:6} requests  {answered}")
        return "\n".join(lines)


class Fuzz:
    """Plays every operation by every caller; what it finds is in ``findings``."""

    def __init__(self, app: Flask, routes: list[Route], members: Mapping[str, Member], *, each: int, seed: int):
        """``each`` is how many requests a caller sends to an operation."""
        self.app, self.each, self.seed = app, each, seed
        self.workers = app.extensions["changdan-settings"].jobs == "workers"
        self.routes = {f"{r.method} {r.rule.replace('<', '{').replace('>', '}')}": r for r in routes}
        self.ids = {name: member.id for name, member in {**members, STRANGER: make_member()}.items()}
        self.tokens = {name: signed_in(app.test_client(), member) for name, member in members.items()}
        db.session.commit()
        self.schema = schemathesis.openapi.from_wsgi(
            "/api/v1/openapi.json", app, config=SchemathesisConfig.from_dict(CONFIG)
        )
        self.operations = {op.label: op for op in (found.ok() for found in self.schema.get_all_operations())}
        self.made: dict[tuple[Make, str], Mapping[str, str]] = {}
        self.findings = Findings()

    def member(self, name: str) -> Member | None:
        """The member whom a caller is."""
        return db.session.get(Member, self.ids[name]) if name in self.ids else None

    def play(self, label: str, undoing: Undoing) -> None:
        """All callers on one operation, in turns; after some turns everything is as it was."""
        operation, route = self.operations[label], self.routes[label]
        right = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
        wrong = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
        may_be_wrong = operation.body or operation.query or operation.path_parameters
        cases = st.one_of(right, right, wrong) if may_be_wrong else right
        allowed = tuple(caller for caller in CALLERS if caller in route.roles or caller == EVERY_ROLE)
        order = CALLERS + (allowed + CALLERS) * (self.each - 1)
        turns = enumerate(order)

        @hypothesis.seed(self.seed)
        @hypothesis.settings(QUIET, max_examples=len(order))
        @hypothesis.given(cases, st.integers(0, 2**40))
        def every_caller(case: schemathesis.Case, number: int) -> None:
            turn, caller = next(turns, (0, ""))
            if not caller:
                return
            if turn % TURNS_TOGETHER == 0:
                undoing.undo()
                undoing.begin()
            callers.send(case, caller, random.Random(number))

        started = time.monotonic()
        callers = Callers(self, route)
        db.session.commit()
        every_caller()
        undoing.undo()
        self.findings.seconds += time.monotonic() - started


class Callers:
    """The callers of one operation, and the things that they have there."""

    def __init__(self, fuzz: Fuzz, route: Route):
        self.fuzz, self.route = fuzz, route
        self.paths: dict[str, Mapping[str, str]] = {}
        if route.make is None:
            return
        for name in (*CALLERS, STRANGER):
            owns = name in route.roles & route.owners if name in MEMBERS else name in fuzz.ids
            if owns and (route.make, name) not in fuzz.made:
                fuzz.made[route.make, name] = route.make(fuzz.member(name))
            if owns:
                self.paths[name] = fuzz.made[route.make, name]

    def send(self, case: schemathesis.Case, caller: str, rng: random.Random) -> None:
        """One request, and a look at the reply."""
        findings, label = self.fuzz.findings, case.operation.label
        member = self.fuzz.member(caller)
        client = self.fuzz.app.test_client()
        sent, as_made = self._request(case, caller, member, client, rng)
        findings.requests[caller] += 1
        statuses = findings.statuses.setdefault(caller, Counter())
        shown = f"{caller}: {sent}"
        try:
            reply = client.open(**sent)
        except Exception as error:
            db.session.rollback()
            places = [f for f in traceback.extract_tb(error.__traceback__) if "/marketplace/" in f.filename]
            place = f"{places[-1].filename}:{places[-1].lineno}" if places else ""
            statuses[500] += 1
            findings.note(label, f"500 {type(error).__name__} {place}", f"{str(error)[:500]}\n{shown[:2000]}")
            return
        statuses[reply.status_code] += 1
        shown = f"{shown[:2000]}\n-> {reply.status_code} {reply.get_data()[:1000].decode(errors='replace')}"
        if reply.status_code >= 500:
            findings.note(label, f"{reply.status_code}", shown)
        if str(reply.status_code) not in case.operation.definition.raw["responses"]:
            findings.note(label, f"{reply.status_code} is not described", shown)
        try:
            case.validate_response(reply, checks=CHECKS + [negative_data_rejection] * as_made)
        except FailureGroup as group:
            for failure in group.exceptions:
                findings.note(label, f"{type(failure).__name__}", f"{str(failure)[:1500]}\n{shown}")
        except Failure as failure:
            findings.note(label, f"{type(failure).__name__}", f"{str(failure)[:1500]}\n{shown}")

    def _request(
        self, case: schemathesis.Case, caller: str, member: Member | None, client: FlaskClient, rng: random.Random
    ) -> tuple[dict[str, Any], bool]:
        """What is sent, and whether the description alone made it."""
        route, as_made = self.route, True
        path: Mapping[str, str] = {}
        if route.make is not None and rng.random() < 0.9:
            path, as_made = self._path(caller, rng), False
            case.path_parameters = dict(path)
        if case.query and rng.random() < 0.5:
            case.query, as_made = dict(route.query), False
        may_go_on = not self.fuzz.workers and case.operation.query.get("wait") is not None
        if may_go_on and str((case.query or {}).get("wait", "false")).lower() in NO:
            case.query, as_made = {**case.query, "wait": "true"}, False  # there is one connection, for one thread
        body: Any = NOT_SET
        if route.body is not None and (path or route.make is None) and rng.random() < 0.65:
            body, as_made = self._body(member, path, case.body, rng), False
            if not isinstance(body, bytes):
                case.body = body
        credentials: dict[str, str] = {}
        if member is not None:
            in_cookie = route.session or rng.random() < 0.05
            credentials = in_session(client, member) if in_cookie else self.fuzz.tokens[caller]
        given = {**route.headers, **credentials}
        if route.method in ("PATCH", "PUT", "DELETE") and rng.random() < 0.8:
            given["If-Match"] = "*"
        sent = case.as_transport_kwargs(headers=given)
        if isinstance(body, bytes):
            sent.pop("json", None)
            sent["data"] = body
        elif "json" in sent or (body is not NOT_SET and case.media_type is None):
            sent["data"] = json.dumps(sent.pop("json", body)).encode()  # as escapes, half a character can be sent
            sent["headers"]["Content-Type"] = "application/json"
        return sent, as_made

    def _path(self, caller: str, rng: random.Random) -> Mapping[str, str]:
        """A thing of the caller's own, if it can have one, or of a stranger's."""
        return self.paths[caller if caller in self.paths and rng.random() < 0.8 else STRANGER]

    def _body(self, member: Member | None, path: Mapping[str, str], made: Any, rng: random.Random) -> Any:
        """The matrix's body, or the same with one part spoilt."""
        body = self.route.body
        valid = body(member or self.fuzz.member(STRANGER), path) if callable(body) else body
        if rng.random() < 0.35:
            return valid
        if isinstance(valid, bytes):
            return spoilt_bytes(valid, rng)
        whole = copy.deepcopy(dict(valid or {}))
        spoil(whole, made if isinstance(made, dict) else {}, rng)
        return whole


def spoil(value: Any, made: Mapping[str, Any], rng: random.Random) -> None:
    """Change one part, however deep, in place: to what was made for it, to something nasty, or to nothing."""
    keys: list[Any] = list(value) if isinstance(value, dict) else list(range(len(value)))
    if not keys:
        return
    key = rng.choice(keys)
    if isinstance(value[key], dict | list) and value[key] and rng.random() < 0.7:
        below = made.get(key) if isinstance(value, dict) else None
        spoil(value[key], below if isinstance(below, dict) else {}, rng)
    elif isinstance(value, dict) and rng.random() < 0.1:
        value[rng.choice(["", "x", "id", "status", "organisation_id"])] = rng.choice(NASTY)
    elif rng.random() < 0.15:
        del value[key]
    elif isinstance(value, dict) and key in made and rng.random() < 0.4:
        value[key] = made[key]
    else:
        value[key] = rng.choice(NASTY)


def spoilt_bytes(value: bytes, rng: random.Random) -> bytes:
    """Cut, or with some bytes changed."""
    if not value or rng.random() < 0.3:
        return value[: rng.randrange(len(value) + 1)]
    changed = bytearray(value)
    for _ in range(rng.choice([1, 1, 3, 20])):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)
