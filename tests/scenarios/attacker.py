"""A member that reads whatever the interface shows it, and keeps it: every route, every page, before and after."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

PART = re.compile(r"<(?:\w+:)?(\w+)>")
DOCUMENTATION = ("api-docs.", "docs-assets.", "static")  # the same for everybody
STILL = 4


@dataclass(frozen=True)
class Reading:
    """One reply: what was asked, and all of what came back."""

    path: str
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def document(self) -> Any:
        """The body, read; None where it is no JSON."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None


class Attacker:
    """Asks every GET route of the application for everything whose identifier it has come to know."""

    def __init__(self, app: Flask, client: FlaskClient, headers: Mapping[str, str]) -> None:
        self.client, self.headers = client, headers
        self.rules = sorted(
            rule.rule
            for rule in app.url_map.iter_rules()
            if "GET" in (rule.methods or ()) and not rule.endpoint.startswith(DOCUMENTATION)
        )
        self.identifiers: dict[str, set[str]] = defaultdict(set)  # by the name that routes have for them
        self._collections = {rule.rpartition("/<")[0]: PART.findall(rule)[-1] for rule in self.rules if rule[-1] == ">"}
        self._settled: set[str] = set()  # identifiers of what no longer changes
        self._last: dict[str, str] = defaultdict(str)  # by rule, what it said
        self._without_news: dict[str, int] = defaultdict(int)
        self._known: set[str] = set()  # items of lists that were read already

    def look(self, *, again: bool = False) -> list[Reading]:
        """Everything that can be read now, things settled earlier apart.

        Lists that have had no news for STILL looks are left out, to save time, unless ``again`` says otherwise.
        """
        seen: list[Reading] = []
        for rule in sorted(self.rules, key=lambda rule: rule.count("<")):  # lists first: they name the rest
            if again or self._without_news[rule] < STILL:
                read = [reading for path in self._paths(rule) for reading in self._pages(path)]
                if "<" not in rule:
                    self._without_news[rule] = self._without_news[rule] + 1 if read[0].text == self._last[rule] else 0
                    self._last[rule] = read[0].text
                seen += read
        return seen

    def settle(self) -> None:
        """What is known by now will not change any more; lists are still read for what is new."""
        self._settled.update(*self.identifiers.values())

    def _paths(self, rule: str) -> Iterator[str]:
        names = PART.findall(rule)
        if not names:
            yield rule
        for identifier in sorted(self.identifiers[names[0]] - self._settled) if len(names) == 1 else ():
            yield PART.sub(identifier, rule)

    def _pages(self, path: str) -> Iterator[Reading]:
        cursor: str | None = None
        while True:
            reply = self.client.get(path, headers=self.headers, query_string={"cursor": cursor} if cursor else {})
            reading = Reading(path, reply.status_code, dict(reply.headers), reply.text)
            yield reading
            document = reading.document
            self._harvest(path, document)
            if not isinstance(document, dict) or not self._is_news(path, document.get("items")):
                return
            cursor = document.get("next_cursor")
            if cursor is None:
                return

    def _is_news(self, path: str, items: Any) -> bool:
        texts = {path + json.dumps(item, sort_keys=True) for item in items or ()}
        news = texts - self._known
        self._known |= news
        return bool(news)

    def _harvest(self, path: str, document: Any) -> None:
        name = self._collections.get(path)
        for key, value in leaves(document):
            last = key.rpartition("/")[2]
            if not isinstance(value, str):
                continue
            if last.endswith("_id"):
                self.identifiers[last].add(value)
            elif name is not None and re.fullmatch(r"/items/\d+/id", key):
                self.identifiers[name].add(value)


def leaves(document: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a document with its place.

    >>> list(leaves({"a": [1, {"b": None}]}))
    [('/a/0', 1), ('/a/1/b', None)]
    """
    if isinstance(document, dict):
        for name, value in document.items():
            yield from leaves(value, f"{place}/{name}")
    elif isinstance(document, list):
        for number, value in enumerate(document):
            yield from leaves(value, f"{place}/{number}")
    else:
        yield place, document
