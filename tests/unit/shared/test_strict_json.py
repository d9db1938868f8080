"""JSON that is read strictly stays cheap to refuse, however much of it there is."""

from __future__ import annotations

import json
import time

import pytest

from marketplace.shared.strict_json import MOST_NAMES, read_json


def test_a_name_twice_in_the_last_place_of_very_many() -> None:
    """To look for it among all names, for each of them, took minutes."""
    names = ",".join(f'"{number}":1' for number in range(MOST_NAMES - 2))
    began = time.process_time()
    with pytest.raises(ValueError, match="gives the name 'zz' twice in one object"):
        read_json("{" + names + ',"zz":1,"zz":2}')
    assert time.process_time() - began < 1


def test_as_many_names_as_may_be_and_one_more() -> None:
    names = {str(number): 1 for number in range(MOST_NAMES)}
    assert read_json(json.dumps(names)) == names
    with pytest.raises(ValueError, match="gives 10001 names in one object; at most 10000 are read"):
        read_json(json.dumps({**names, "more": 1}))
