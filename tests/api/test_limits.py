"""How much one token and one address may ask: told in every answer, and counted in all processes together."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import RequestFactory

from breakfix.api import limits
from breakfix.api.models import Allowance
from breakfix.kernel import clock
from tests import makers
from tests.api.conftest import NOW, Program, problem_of

Start = Callable[..., Program]
PATH = "/engagements/1/acknowledge"


@pytest.fixture(autouse=True)
def _world(_noon: None, monkeypatch: pytest.MonkeyPatch) -> None:
    makers.world(NOW - timedelta(days=1))
    monkeypatch.setattr(limits, "PER_MINUTE", {"token": 15, "address": 40})


def test_allowance_is_told_and_ends_in_429(program: Start) -> None:
    dana = program("dana")
    told = [dana.post(PATH) for _ in range(15)]
    assert [int(one["RateLimit-Remaining"]) for one in told] == list(range(14, -1, -1))
    assert {one["RateLimit-Limit"] for one in told} == {"15"}
    answer = dana.post(PATH)
    assert problem_of(answer) == (429, "too_many_requests")
    assert answer["Retry-After"] == "60"
    with clock.set_to(NOW + timedelta(seconds=59)):
        assert dana.post(PATH)["Retry-After"] == "1"
    with clock.set_to(NOW + timedelta(seconds=60)):
        assert dana.post(PATH).status_code == 422


def test_allowance_of_one_token_is_not_another_s(program: Start) -> None:
    dana, other = program("dana"), program("dana")
    for _ in range(16):
        dana.post(PATH)
    assert other.post(PATH).status_code == 422


def test_allowance_holds_in_all_processes_together(program: Start) -> None:
    dana, passed = program("dana"), 0
    for _ in range(5):
        cache.clear()  # what another process remembers is another memory
        passed += sum(dana.post(PATH).status_code == 422 for _ in range(5))
    assert passed <= 15


def test_address_without_a_token_is_stopped_too() -> None:
    answers = [Program(None).post(PATH).status_code for _ in range(41)]
    assert answers == [401] * 40 + [429]


def test_counting_costs_a_write_for_ten_requests(program: Start) -> None:
    dana = program("dana")
    for _ in range(10):
        dana.post(PATH)
    assert set(Allowance.objects.values_list("used", flat=True)) == {10}


def test_address_is_the_one_that_the_trusted_proxy_saw(settings: "pytest.FixtureRequest") -> None:
    request = RequestFactory().get("/", headers={"X-Forwarded-For": "6.6.6.6, 9.9.9.9"})
    assert limits.address_of(request) == "127.0.0.1"
    settings.BREAKFIX_BEHIND_PROXY = True  # type: ignore[attr-defined]
    assert limits.address_of(request) == "9.9.9.9"
