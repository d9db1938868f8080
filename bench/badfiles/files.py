"""Files of orders that must be refused, family by family, and good ones as controls; drawn by a seed."""

from __future__ import annotations

import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

UPLOADS, ORDERS = "/api/v1/orders/uploads", "/api/v1/orders"
CSV, JSON_LINES, JSON = "text/csv", "application/x-ndjson", "application/json"
HEAD = "side,grade,site,external_reference,limit_price.fixed,2031-01,terms_json"
GRADE = "lithium-carbonate-battery"
ALMOST_ALL = 4_800_000  # bytes; a little below what a body may have

Draw = random.Random


@dataclass(frozen=True)
class Upload:
    """What is sent; ``stored``: how many orders a good one makes, 0 for a bad one."""

    family: str
    path: str
    content_type: str
    body: bytes
    stored: int = 0
    headers: tuple[tuple[str, str], ...] = ()


class Maker:
    """Makes files that name a site of the sender's own, so that what is wrong is what they are meant to have wrong."""

    def __init__(self, site: str, draw: Draw) -> None:
        self.site, self.draw = site, draw

    def row(self, **changed: str) -> str:
        """A good row of a table with HEAD, cells changed as given."""
        cells = {
            "side": self.draw.choice(("offer", "need")),
            "grade": GRADE,
            "site": self.site,
            "reference": f"R-{self.draw.getrandbits(60):x}",
            "price": str(self.draw.randrange(60_000, 120_000)),
            "volume": str(self.draw.randrange(1, 500)),
            "terms": '"{""lot"": ""1""}"',
            **changed,
        }
        return ",".join(cells.values())

    def table(self, *rows: str) -> str:
        """A table of such rows."""
        return "\n".join([HEAD, *rows]) + "\n"

    def document(self, **changed: Any) -> dict[str, Any]:
        """A good order document."""
        good = {
            "side": self.draw.choice(("offer", "need")),
            "grade": GRADE,
            "site": self.site,
            "volumes": {"2031-01": str(self.draw.randrange(1, 500))},
            "limit_price": {"components": [{"fixed": str(self.draw.randrange(60_000, 120_000))}]},
        }
        return {**good, **changed}


def uploads(site: str, count: int, *, seed: int) -> list[Upload]:
    """So many bad files, all families in turns, and a good one after every fifteen."""
    make = Maker(site, random.Random(seed))
    found: list[Upload] = []
    for number in range(count):
        found.append(FAMILIES[number % len(FAMILIES)](make))
        if number % 15 == 14:
            found.append(good(make))
    return found


def good(make: Maker) -> Upload:
    """A file that must be accepted: plain, with a mark, in GB 18030 and said so, or as JSON lines."""
    rows = make.draw.randrange(1, 40)
    text = make.table(*(make.row() for _ in range(rows)))
    form = make.draw.randrange(4)
    if form == 0:
        return Upload("good", UPLOADS, CSV, b"\xef\xbb\xbf" + text.encode(), rows)
    if form == 1:
        return Upload("good", UPLOADS, f"{CSV}; charset=gb18030", text.encode("gb18030"), rows)
    if form == 2:
        lines = "\n".join(json.dumps(make.document()) for _ in range(rows))
        return Upload("good", UPLOADS, JSON_LINES, lines.encode(), rows)
    return Upload("good", UPLOADS, CSV, text.replace("\n", "\r\n").encode(), rows)


def _table(family: str, text: str | bytes, content_type: str = CSV) -> Upload:
    return Upload(family, UPLOADS, content_type, text if isinstance(text, bytes) else text.encode())


def columns(make: Maker) -> Upload:
    """A million headings, or a million cells below good headings."""
    many = make.draw.randrange(900_000, 1_100_000)
    if make.draw.random() < 0.5:
        return _table("columns", "a," * many + "\n" + make.row())
    return _table("columns", make.table(make.row(terms="," * many)))


def rows(make: Maker) -> Upload:
    """A million rows: short ones, blank ones, ones of carriage returns; or just more than may be."""
    many = make.draw.randrange(900_000, 1_100_000)
    return make.draw.choice(
        [
            lambda: _table("rows", HEAD + "\n" + "a\n" * many),
            lambda: _table("rows", HEAD + "\n" + "\n" * many),
            lambda: _table("rows", HEAD + "\r" + "a\r" * many),
            lambda: _table("rows", "1\n" * many, JSON_LINES),
            lambda: _table("rows", make.table(*[make.row(reference="", terms="")] * 5001)),
        ]
    )()


def faults(make: Maker) -> Upload:
    """Wrong in every cell, as wide and as long as may be."""
    width = make.draw.choice((390, 77))  # too many cells, or nearly
    months = [f"20{year}-{month:02}" for year in range(31, 64) for month in range(1, 13)][: width - 3]
    cell = make.draw.choice(("x", "=", "-", "9e9"))
    row = ",".join([cell] * (len(months) + 3))
    long = "\n".join([",".join(["side", "grade", "site", *months]), *[row] * (ALMOST_ALL // (len(row) + 1) - 2)][:4990])
    path = UPLOADS + make.draw.choice(("", "?mode=partial"))
    return Upload("faults", path, CSV, long.encode())


def huge_cell(make: Maker) -> Upload:
    """A cell of megabytes, in one column or another."""
    length = make.draw.randrange(200_000, ALMOST_ALL)
    column = make.draw.choice(("reference", "volume", "price", "grade", "side", "terms"))
    return _table("huge cell", make.table(make.row(**{column: make.draw.choice("1aé9") * (length // 2)})))


def formula(make: Maker) -> Upload:
    """A cell that a spreadsheet would run."""
    begin = make.draw.choice(("=", "+", "-", "@", "\t", '"\r'))
    what = make.draw.choice(("cmd|' /C calc'!A0", "1+1", "SUM(A1:A9)", "HYPERLINK(0)"))
    cell = begin + what + ('"' if begin.startswith('"') else "")
    return _table("formula", make.table(make.row(**{make.draw.choice(("reference", "price", "volume")): cell})))


def encoding(make: Maker) -> Upload:
    """Bytes of another character set than is said, or of none."""
    text = make.table(make.row(reference="合同é"))
    return make.draw.choice(
        [
            lambda: _table("encoding", text.encode("utf-16")),
            lambda: _table("encoding", text.encode("utf-16-be")),
            lambda: _table("encoding", text.encode("utf-32")),
            lambda: _table("encoding", text.encode("gb18030")),
            lambda: _table("encoding", make.table(make.row(reference="é")).encode("latin-1")),
            lambda: _table("encoding", text.replace("合", "\0")),
            lambda: _table("encoding", text.encode().replace("合".encode(), b"\xed\xa0\x80")),  # half a pair
            lambda: _table("encoding", text.encode(), f"{CSV}; charset={make.draw.choice(('utf-16', 'utf-7', 'x'))}"),
            lambda: _table("encoding", "\ufeff\ufeff" + text),
            lambda: _table("encoding", text.encode("utf-16"), f"{CSV}; charset=gb18030"),
            lambda: _table("encoding", json.dumps(make.document()).encode("utf-16"), JSON_LINES),
            lambda: _table("encoding", b"\xff\xfe" + make.draw.randbytes(1000)),
        ]
    )()


def truncated(make: Maker) -> Upload:
    """Cut off at any offset of its last row, of which something is there."""
    good_rows = [make.row() for _ in range(make.draw.randrange(3))]
    if make.draw.random() < 0.5:
        lines = [json.dumps(make.document()) for _ in range(3)]
        lines[-1] = lines[-1][: make.draw.randrange(1, len(lines[-1]))]
        return _table("truncated", "\n".join(lines), JSON_LINES)
    last = make.row()
    empty = last.index(',"{') + 1  # there the last cell is empty, which it may be
    end = make.draw.choice([place for place in range(1, len(last)) if place != empty])
    return _table("truncated", make.table(*good_rows, last[:end])[:-1])


def bomb(make: Maker) -> Upload:
    """A gigabyte in a few kilobytes, said to be a table, a spreadsheet, an archive or an encoded body."""
    zeros = io.BytesIO()
    size = make.draw.randrange(50, 200) * 1_000_000
    if make.draw.random() < 0.5:
        with zipfile.ZipFile(zeros, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in ("xl/worksheets/sheet1.xml", "[Content_Types].xml"):
                archive.writestr(name, b"0" * (size // 2))
    else:
        with gzip.GzipFile(fileobj=zeros, mode="wb", mtime=0) as file:
            file.write(b"0" * size)
    spreadsheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    type_ = make.draw.choice((CSV, spreadsheet, "application/zip", JSON_LINES))
    headers = (("Content-Encoding", "gzip"),) if make.draw.random() < 0.5 else ()
    return Upload("bomb", UPLOADS, type_, zeros.getvalue(), headers=headers)


def entities(make: Maker) -> Upload:
    """XML whose entities grow without end, or name a file."""
    grow = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    inner = make.draw.choice(
        (
            f'<!ENTITY l0 "lol">{grow}',
            '<!ENTITY l11 SYSTEM "file:///etc/passwd">',
            '<!ENTITY % p SYSTEM "http://127.0.0.1:9/">%p;',
        )
    )
    text = f'<?xml version="1.0"?><!DOCTYPE a [{inner}]><a>&l11;</a>'
    return _table("entities", text, make.draw.choice((CSV, "text/xml", "application/xml", JSON_LINES)))


def quoting(make: Maker) -> Upload:
    """Quotes that RFC 4180 does not know."""
    cell = make.draw.choice(('"open', '"a"b', 'a"b"' + '"', '"', '"a" "b"', '"' * 99_999))
    place = make.draw.choice(("side", "grade", "price", "volume"))
    return _table("quoting", make.table(make.row(**{place: cell}), make.row()))


def kinds(make: Maker) -> Upload:
    """Sent as what it is not."""
    table, lines = make.table(make.row()), json.dumps(make.document())
    return make.draw.choice(
        [
            lambda: _table("kinds", table, JSON_LINES),
            lambda: _table("kinds", lines, CSV),
            lambda: _table(
                "kinds", table, make.draw.choice(("", "text/plain", "application/octet-stream", JSON, "a/b/c"))
            ),
            lambda: _table("kinds", table, "multipart/form-data; boundary=x"),
            lambda: Upload("kinds", UPLOADS + "?format=jsonl", CSV, table.encode()),
            lambda: Upload("kinds", UPLOADS + "?mode=some", CSV, table.encode()),
            lambda: _table("kinds", b""),
            lambda: _table("kinds", table.replace(",", ";")),
            lambda: _table("kinds", make.draw.randbytes(make.draw.randrange(1, 100_000))),
        ]
    )()


def numbers(make: Maker) -> Upload:
    """What is no amount of this trade, in a cell or in JSON."""
    text = make.draw.choice(
        (
            "NaN",
            "Infinity",
            "1e999",
            "0e999999999",
            "1e-999",
            "0x10",
            "1_000",
            "１２",
            "1" * 300_000,
            "-0",
            "1e12",
            "١٢",
        )
    )
    if make.draw.random() < 0.4:
        return _table("numbers", make.table(make.row(volume=text)))
    raw = json.dumps(make.document(volumes={"2031-01": "HERE"}))
    bare = make.draw.choice(("NaN", "Infinity", "-Infinity", "1e999", "1.5", "9" * 5000, "1E400", "-1", "true", "[]"))
    return _either(make, "numbers", raw.replace('"HERE"', bare))


def twice(make: Maker) -> Upload:
    """A heading, a name or a reference that is given twice; among very many, in the last place."""
    many = ",".join(f'"{number:x}":1' for number in range(make.draw.randrange(200_000, 400_000)))
    return make.draw.choice(
        [
            lambda: _table("twice", make.table(make.row()).replace("2031-01", "side")),
            lambda: _table("twice", make.table(make.row()).replace("terms_json", "方向")),
            lambda: _table("twice", make.table(make.row(reference="R"), make.row(reference="R"))),
            lambda: _table("twice", make.table(make.row(terms='"{""lot"":""1"",""lot"":""2""}"'))),
            lambda: _either(make, "twice", json.dumps(make.document())[:-1] + ',"side":"need"}'),
            lambda: _either(make, "twice", "{" + many + ',"zz":1,"zz":1}'),
        ]
    )()


def deep(make: Maker) -> Upload:
    """Nested beyond any sense."""
    depth = make.draw.choice((61, 900, 5_000, 100_000, 1_000_000))
    begin, end = make.draw.choice((("[", "]"), ('{"a":', "}")))
    nested = (begin * depth)[:ALMOST_ALL] + make.draw.choice(("", "1" + end * depth))
    if len(nested) > ALMOST_ALL:
        nested = nested[:ALMOST_ALL]
    if make.draw.random() < 0.3:
        cell = nested.replace('"', '""')[: ALMOST_ALL - 10]
        return _table("deep", make.table(make.row(terms=f'"{cell}"')))
    return _either(make, "deep", nested)


def wide(make: Maker) -> Upload:
    """Objects and lists of a million members where a few belong."""
    many = make.draw.randrange(100_000, 300_000)
    changed = make.draw.choice(
        [
            {"volumes": {f"{number:07}": "1" for number in range(many)}},
            {"limit_price": {"components": [{"fixed": "1"}] * (many // 4)}},
            {"specification": {f"a{number}": "1" for number in range(many)}},
            {"certificates": ["a"] * many},
            {f"term{number}": 1 for number in range(many)},
            {"delivery": {"incoterms": ["DAP"] * many}},
        ]
    )
    return _either(make, "wide", json.dumps(make.document(**changed), separators=(",", ":"))[:ALMOST_ALL])


def types(make: Maker) -> Upload:
    """JSON of another shape than an order has."""
    return _either(
        make,
        "types",
        make.draw.choice(
            [
                "[]",
                '"offer"',
                "null",
                "{}",
                json.dumps(make.document(side=None)),
                json.dumps(make.document(side=["offer"])),
                json.dumps(make.document(volumes=["1"])),
                json.dumps(make.document(limit_price="98000")),
                json.dumps(make.document(site={"id": make.site})),
                json.dumps(make.document(__proto__={"side": "offer"})),
                json.dumps(make.document(grade="\ud800")),
                json.dumps(make.document(grade="a\0b")),
                json.dumps(make.document(site="' OR 1=1 --")),
            ]
        ),
    )


def oversized(make: Maker) -> Upload:
    """Longer than a body may be."""
    return _table("oversized", make.table(make.row()) + "\n" * make.draw.randrange(5_000_000, 20_000_000))


def separators(make: Maker) -> Upload:
    """Characters at which some programs end a line."""
    mark = make.draw.choice(("\u2028", "\x0b", "\x0c", "\x1c", "\x85"))
    return _table("separators", make.table(make.row()).replace("\n", mark))


def _either(make: Maker, family: str, text: str) -> Upload:
    """As a file of one line, or as the body of a single order."""
    if make.draw.random() < 0.5:
        return Upload(family, ORDERS, JSON, text.encode("utf-8", "surrogatepass"))
    return Upload(family, UPLOADS, JSON_LINES, text.encode("utf-8", "surrogatepass"))


FAMILIES: tuple[Callable[[Maker], Upload], ...] = (
    columns,
    rows,
    faults,
    huge_cell,
    formula,
    encoding,
    truncated,
    bomb,
    entities,
    quoting,
    kinds,
    numbers,
    twice,
    deep,
    wide,
    types,
    oversized,
    separators,
)
