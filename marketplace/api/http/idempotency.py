"""Idempotency-Key on POST: the first reply is kept with its effect; a repeat gets it again, a changed body is refused.

The row is written first and committed with the effect, so that of two equal requests at the same
moment the second waits for the first.  If the request fails nothing is kept.  Bodies may hold passwords,
so what is kept of a request is a keyed hash, which nobody can search without the service's secret key.

A member's keys are its own.  Strangers share one name, so their request is part of the key: the same key with another
body is another request, and no stranger stands in another's way.
"""

from __future__ import annotations

import hashlib
import hmac

import sqlalchemy as sa
from flask import Response, current_app, g, request
from flask_login import current_user
from sqlalchemy.exc import IntegrityError

from marketplace.api.http.access import Access, now
from marketplace.shared.database import BUSY, db, unit_of_work
from marketplace.shared.errors import Conflict, InvalidInput
from marketplace.shared.kept_replies import FORGOTTEN_AT_ONCE, KEPT_FOR, LONGEST_KEY, KeptReply, forget_replies

STRANGERS = "public"


def begin(rule: Access) -> Response | None:
    """Claim the request's key, or give back the reply kept under it.

    Raises InvalidInput for a key that is too long or on a route whose reply is a secret, Conflict for a changed body.
    """
    g.kept_reply = None
    key = request.headers.get("Idempotency-Key")
    if key is None or request.method != "POST" or rule.reading:
        return None
    if rule.secret_reply:
        raise InvalidInput.at(
            "/Idempotency-Key", "this route's reply holds a secret, so no copy of it is kept", code="unknown"
        )
    if not 1 <= len(key) <= LONGEST_KEY:
        raise InvalidInput.at(
            "/Idempotency-Key", "has the wrong length", f"{len(key)} characters", "1 to 255 characters", "wrong-length"
        )
    moment, request_hash = now(), _keyed_hash(_request())
    if current_user.is_authenticated:
        member = current_user.id
    else:
        member, key = STRANGERS, _keyed_hash(key.encode(), request_hash.encode())
    row = KeptReply(member_id=member, key=key, request_hash=request_hash, moment=moment)
    db.session.execute(
        sa.delete(KeptReply).where(
            KeptReply.member_id == member, KeptReply.key == key, KeptReply.moment < moment - KEPT_FOR
        )
    )
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:
        kept = db.session.get_one(KeptReply, (member, key))
        if kept.request_hash != row.request_hash:
            raise Conflict("this Idempotency-Key was used for another request") from None
        return _again(kept)
    g.kept_reply = row
    return None


def keep(response: Response) -> None:
    """Keep this reply in the running transaction, if the request carried a key, and forget some that have expired."""
    row = g.kept_reply
    if row is None:
        return
    row.status, row.body, row.content_type = response.status_code, response.get_data(), response.content_type
    row.location, row.etag = response.headers.get("Location"), response.headers.get("ETag")
    db.session.flush()
    forget_replies(row.moment, most=FORGOTTEN_AT_ONCE)  # last of all: who waits for nothing more blocks nobody


def keep_instead(response: Response) -> None:
    """Keep this reply in place of the one that was kept, for a request that goes on after its transaction.

    The request's effect stands already: a database too busy for this costs the copy, not the reply.
    """
    if g.kept_reply is None:
        return
    try:
        with unit_of_work():
            keep(response)
    except BUSY:
        current_app.logger.warning("the last reply to %s was not kept: the database was busy", request.path)


def _request() -> bytes:
    return f"{request.method} {request.full_path}\n".encode() + request.get_data()


def _keyed_hash(*parts: bytes) -> str:
    return hmac.new(current_app.config["SECRET_KEY"].encode(), b"\n".join(parts), hashlib.sha256).hexdigest()


def _again(kept: KeptReply) -> Response:
    response = Response(kept.body or b"", kept.status or 200, content_type=kept.content_type)
    for name, value in (("Location", kept.location), ("ETag", kept.etag)):
        if value:
            response.headers[name] = value
    response.headers["Idempotency-Replayed"] = "true"
    return response
