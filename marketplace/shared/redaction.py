"""Taking secrets out of what is about to be logged: the second line of defence.

The first is that nobody logs one.  What stands here looks for what a mistake would look like: credentials in an
address, a header, a query string, a figure beside the word price.  It takes out too much rather than too little.
"""

from __future__ import annotations

import re

HIDDEN = "***"

_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), put)
    for pattern, put in (
        (r"(\w+://)[^/\s@]+@", rf"\1{HIDDEN}@"),  # user and password in an address
        (r"\?[^\s\"'<>]*=[^\s\"'<>]*", f"?{HIDDEN}"),  # a query string
        (r"\b((?:proxy-)?authorization|(?:set-)?cookie)(\W{1,4})[^\r\n]*", rf"\1\2{HIDDEN}"),  # to the end of the line
        (r"\bcd_[\w\-]{16,}", HIDDEN),  # a personal token by itself
        (r"\b(bearer|basic)\s+[\w\-.~+/=]+", rf"\1 {HIDDEN}"),
        (
            r"\b(\w*(?:password|passwd|secret|token|csrf|api_?key)\w*)([\"']?\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|[^\s,;)}\]]+)",
            rf"\1\2{HIDDEN}",
        ),
        # a figure that follows upon the word: "limit_price": {"fixed": "98000"}, price of 98000
        (
            r"(price|premium|limit|floor|collar|coefficient|cny|价|限价|升贴水)([^\d\r\n]{0,40})\d[\d,.]*",
            rf"\1\2{HIDDEN}",
        ),
    )
)


def redacted(text: str) -> str:
    """A text without what looks like a secret.

    >>> redacted("GET /api/v1/orders?q=98000 with Authorization: Bearer abc")
    'GET /api/v1/orders?*** with Authorization: ***'
    >>> redacted("postgresql://user:pass@host/name, 'limit_price': {'fixed': '98000'}, password=hunter2")
    "postgresql://***@host/name, 'limit_price': {'fixed': '***'}, password=***"
    """
    for pattern, put in _RULES:
        text = pattern.sub(put, text)
    return text
