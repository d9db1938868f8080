"""The inbox."""

from __future__ import annotations

import pytest

from marketplace.notifications import queries, services
from marketplace.shared.errors import NotFound
from tests.conftest import NOW
from tests.factories.accounts import make_member, make_organisation

pytestmark = pytest.mark.usefixtures("session")


def test_news_goes_to_one_organisation_and_to_all_its_members() -> None:
    """Read by one, read for all of them."""
    reader = make_member()
    colleague, stranger = make_member(organisation=reader.organisation), make_member()
    message = services.tell(reader.organisation_id, "test", "ord_1", text_zh="测试", text_en="Test", now=NOW)
    assert queries.messages(reader.actor).items == queries.messages(colleague.actor).items == [message]
    assert queries.messages(stranger.actor).items == []
    with pytest.raises(NotFound):
        services.mark_read(message.id, actor=stranger.actor)
    assert not message.read
    services.mark_read(message.id, actor=colleague.actor)
    assert queries.messages(reader.actor, read=False).items == []
    assert queries.messages(reader.actor, read=True, kind="test").items == [message]
    assert queries.messages(reader.actor, kind="other").items == []


def test_newest_first() -> None:
    """Identifiers sort by time."""
    reader = make_member(organisation=make_organisation())
    texts = [str(number) for number in range(5)]
    for number, text in enumerate(texts):
        moment = NOW.replace(minute=number)
        services.tell(reader.organisation_id, "test", "-", text_zh=text, text_en=text, now=moment)
    assert [message.text_en for message in queries.messages(reader.actor).items] == texts[::-1]
