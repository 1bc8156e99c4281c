"""The API does what its description says, whatever is sent: requests made from the description, by every role.

Each operation gets examples that fit its description and examples that do not, with the ids of a finished night and
with any others; the callers take turns, so that each of them tries each operation. What was written is taken back.
`make soak` does the same for hours: BREAKFIX_SOAK says how many examples each operation gets from each caller.
"""

import itertools
import json
import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from django.core.cache import cache
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from breakfix.api.app import api
from breakfix.kernel.access import Role
from tests.api.conftest import CONFIRM, Program, problem_of, token_of
from tests.api.readers import READERS
from tests.web import scene

# Beside people of both sides one of another client, and two machines.
CALLERS: tuple[tuple[str, list[Role] | None], ...] = (
    *(("rita", None), ("alice", None), ("dana", None), ("tom", None), ("quinn", None), ("fay", None), ("ada", None)),
    *(("charlie", None), ("dana", [Role.DISPATCHER]), ("ada", [Role.AUDITOR])),
)
SOAK = int(os.environ.get("BREAKFIX_SOAK", "0"))
EXAMPLES = SOAK * len(CALLERS) if SOAK else 5
# That what fits is accepted is not asked: no description knows which hash is shown or which cursor was given.
CHECKS: list[Any] = [
    *(not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance),
    *(response_headers_conformance, allow_header_conformance, negative_data_rejection),
]
DESCRIPTION = json.loads(json.dumps(api.get_openapi_schema()))


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """Between requests a server lets go of its connection; here that would be the test's own."""
    for told in (request_started, request_finished):
        told.disconnect(close_old_connections)
    yield
    for told in (request_started, request_finished):
        told.connect(close_old_connections)


def operations() -> list[Any]:
    """Every operation of the description, called in this process."""
    described = schemathesis.openapi.from_dict(DESCRIPTION)
    described.app = WSGIHandler()
    return [found.ok() for found in described.get_all_operations()]


def taken_back(do: Callable[[], Any]) -> Any:
    """What `do` comes to, with nothing of it kept."""
    savepoint = transaction.savepoint()
    try:
        return do()
    finally:
        transaction.savepoint_rollback(savepoint)
        cache.clear()  # neither wrong passwords nor allowances are what is tried here


class Turns:
    """Whose turn it is, and with which ids: every caller, and every second time about something that is there."""

    def __init__(self) -> None:
        self.made = scene.scene()
        self.secrets = [token_of(who, roles=roles).secret for who, roles in CALLERS]
        self.turn = itertools.count()

    def known(self, operation: Any) -> dict[str, Any]:
        """The ids of Northgate's night that the operation's address takes."""
        ids, name = {**self.made.northgate, "organisation_id": self.made.northgate["client_id"]}, operation.label
        ids["order_id"] = ids["work_order.order_id"] if "/work-orders/" in name else ids["order_id"]
        return {key: str(ids[key]) for key in re.findall(r"{(\w+)}", operation.path)}

    def headers(self, case: Any, *, there: bool) -> dict[str, str]:
        """The caller's token; a request about something that is there is confirmed, and asks for the first page."""
        headers = {"Authorization": f"Bearer {self.secrets[next(self.turn) % len(self.secrets)]}"}
        if there:
            case.path_parameters = self.known(case.operation)
            if isinstance(case.query, dict):
                case.query.pop("cursor", None)
            headers["Breakfix-Confirm"] = CONFIRM
        return headers


def sent(case: Any, headers: dict[str, str]) -> tuple[int, dict[str, str]]:
    """What a request came to: its status, and what is wrong with the answer by kind of fault."""
    answer = taken_back(lambda: case.call(headers=headers))
    found = {}
    try:
        case.validate_response(answer, checks=CHECKS, headers=headers)
    except FailureGroup as group:
        found = {one.title: f"{one.message} {case.as_curl_command()}" for one in group.exceptions}
    except Failure as one:
        found = {one.title: f"{one.message} {case.as_curl_command()}"}
    if answer.status_code >= 400 and answer.headers["content-type"] != ["application/problem+json"]:
        found["no problem"] = f"{answer.status_code} {answer.headers['content-type']}"
    return answer.status_code, found


def faults_of(operation: Any, mode: GenerationMode, turns: Turns) -> Iterator[str]:
    """What is wrong with an operation's answers, one line for each kind of fault."""
    found: dict[str, str] = {}
    count = itertools.count()

    def tried(case: Any) -> None:
        there = mode is GenerationMode.POSITIVE and next(count) % 2 == 0
        found.update(sent(case, turns.headers(case, there=there))[1])

    patient = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    ways = settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=False,
        phases=[Phase.generate],
        suppress_health_check=patient,
    )
    run = ways(given(case=operation.as_strategy(mode))(tried))
    # The same examples at every run, so that nobody wonders at a test; a soak looks for others each time.
    (run if SOAK else seed(operation.label)(run))()
    yield from (f"{operation.label} {title}: {words}" for title, words in found.items())


# Each fifth operation by `make test`, the others by `make deep`.
@pytest.mark.parametrize("share", [(0,), pytest.param((1, 2, 3, 4), marks=pytest.mark.deep)], ids=["some", "others"])
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_answers_are_what_the_description_says(mode: GenerationMode, method: str, share: tuple[int, ...]) -> None:
    turns = Turns()
    every = [one for one in operations() if one.method == method]
    assert len(every) > 50
    tried = [one for number, one in enumerate(every) if number % 5 in share]
    faults = [fault for operation in tried for fault in faults_of(operation, mode, turns)]
    assert not faults, f"{len(faults)} faults:\n" + "\n".join(faults)


def test_every_reading_of_a_finished_night_is_as_described() -> None:
    turns, wrong, read = Turns(), {}, set()
    for operation in (one for one in operations() if one.method == "get"):
        for (who, _), secret in zip(CALLERS, turns.secrets, strict=True):
            case = operation.Case(path_parameters=turns.known(operation))
            status, faults = sent(case, {"Authorization": f"Bearer {secret}"})
            wrong |= {f"{operation.label} by {who}, {title}": words for title, words in faults.items()}
            read |= {operation.label} if status == 200 else set()
    assert wrong == {}
    assert len(read) == len(READERS), "a reading that none of the callers gets"


@pytest.mark.parametrize("secret", [None, "bfx_unknown"])
def test_no_operation_is_open_without_a_token(secret: str | None) -> None:
    nobody, token = Program(secret), "00000000-0000-4000-8000-000000000000"
    for path, told in DESCRIPTION["paths"].items():
        there = re.sub(r"{\w+}", "1", path.replace("{token}", token)).removeprefix("/api/v1")
        for method in told:
            answer = nobody.get(there) if method == "get" else nobody.post(there)
            assert problem_of(answer)[0] == 401, f"{method} {path}"
