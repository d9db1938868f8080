"""The figures of a load: percentiles over the calls as they were due, and memory from warm to the end."""

from __future__ import annotations

import math

import pytest

from bench.deployment.load import Held, failed, growth, percentile_ms
from bench.deployment.users import Sample


def sample(seconds: float = 0.1, status: int = 200) -> Sample:
    return Sample("orders", False, 0.0, seconds, status)


def test_a_percentile_is_the_nearest_rank() -> None:
    hundred = [sample(number / 1000) for number in range(1, 101)]
    assert percentile_ms(hundred, 0.99) == pytest.approx(99)
    assert percentile_ms(hundred, 0.5) == pytest.approx(50)
    assert percentile_ms(hundred[:1], 0.99) == pytest.approx(1)
    assert math.isnan(percentile_ms([], 0.99))


@pytest.mark.parametrize(
    ("status", "is_failed"), [(200, False), (201, False), (0, True), (304, True), (409, True), (503, True)]
)
def test_what_is_not_answered_as_it_should_be_has_failed(status: int, is_failed: bool) -> None:
    assert failed(sample(status=status)) == is_failed


def test_memory_grows_from_when_the_service_is_warm() -> None:
    held = [Held(float(at), 50.0 if at < 10 else 100.0 + 0.1 * at) for at in range(101)]
    warm, end = 100.0 + 0.1 * 15, 100.0 + 0.1 * 95  # the middle of the tenth after the warming, and of the last
    assert growth(held, 100.0) == pytest.approx(end / warm - 1)
    assert growth([Held(float(at), 100.0) for at in range(101)], 100.0) == 0
