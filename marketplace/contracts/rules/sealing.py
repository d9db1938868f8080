"""What makes terms the same terms: a hash over their canonical form, which every acceptance names."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def terms_hash(proposal_id: str, revision: int, terms: Mapping[str, Any]) -> str:
    """SHA-256 over canonical JSON: sorted names, no spaces, amounts as the strings that they are stored as.

    >>> one = terms_hash("pro_1", 1, {"b": "1", "a": "2"})
    >>> one == terms_hash("pro_1", 1, {"a": "2", "b": "1"}), one == terms_hash("pro_1", 2, {"a": "2", "b": "1"})
    (True, False)
    """
    document = {"proposal": proposal_id, "revision": revision, "terms": terms}
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
