"""Every deed at its address: who gets what there, in a world where everything has been done before.

Each person tries each deed with a token of their own, then a machine of each role does. What comes back is what the
browser's table says of the same person and deed (tests/web/matrix.py), and a refusal writes nothing.
"""

import dataclasses
import json
import re
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from django.db import transaction

from breakfix.api.app import api
from breakfix.api.deeds import EDITS, NOT_OFFERED, ROUTES, creates
from breakfix.api.schemas import ids_in
from breakfix.kernel.access import CLIENT_ROLES, MACHINE_ROLES, ROLES_FOR, Deed, Role
from breakfix.kernel.binding import arguments
from breakfix.kernel.deeds import all_deeds
from breakfix.kernel.files import Upload
from tests import people, snapshots
from tests.api.conftest import Program, problem_of
from tests.api.tables import ANSWERS, WITHOUT_STORY, WITHOUT_WEB, told_in_stories
from tests.web import matrix, scene
from tests.web.matrix import ROWS
from tests.web.rows import OTHERS, PARTY
from tests.whole import tried

DESCRIPTION = api.get_openapi_schema()
WEB = {name: row for name, row in ROWS.items() if isinstance(row, matrix.Deed)}


@pytest.fixture
def made(_noon: None) -> scene.Scene:
    return scene.scene()


def body_of(deed: Deed, ids: dict[str, Any]) -> dict[str, Any]:
    """JSON that binds: every argument that has to be given, so that rights and states are what refuses."""
    row = WEB.get(deed.value)
    given = {**row.given, **{key: ids[key] for key in row.also}} if row else {}
    sent = {}
    for name, parameter in arguments(all_deeds()[deed.value]).items():
        optional = parameter.default is not parameter.empty
        if (not optional or name in given) and name not in ids_in(ROUTES[deed].path):
            value = given.get(name, ids[name] if name in ids else scene.plausible(parameter.annotation))
            sent[name] = as_json(value)
    return sent


def as_json(value: Any) -> Any:
    if isinstance(value, Upload):
        return {"name": value.name, "content": "c2VlbgoK"}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {part.name: as_json(getattr(value, part.name)) for part in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {name: as_json(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date | datetime) else value


def path_of(deed: Deed, ids: dict[str, Any]) -> str:
    path = ROUTES[deed].path
    for name in ids_in(path):
        path = path.replace(f"{{int:{name}}}", str(ids.get(name, 1)))
    return path


def posted(program: Program, deed: Deed, ids: dict[str, Any]) -> Any:
    extra = {"If_Match": "*"} if deed in EDITS else {}
    return program.post(path_of(deed, ids), body_of(deed, ids), confirm=program.personal, **extra)


def business() -> snapshots.State:
    """All that people or machines have written, without the door's own traffic."""
    return {
        name: rows
        for name, rows in snapshots.state().items()
        if not name.startswith("api_") and name != "parties_token"
    }


def test_every_deed_has_a_web_route_an_api_route_and_a_story_or_a_reason() -> None:
    deeds = set(Deed)
    assert set(all_deeds()) == {deed.value for deed in deeds}
    assert set(ROUTES) | set(NOT_OFFERED) == deeds
    assert set(ROUTES) & set(NOT_OFFERED) == set()
    web, told = {Deed(name) for name in WEB if name in set(Deed)}, told_in_stories()
    assert deeds - web == set(WITHOUT_WEB), "a deed without a page: give it one, or say why in tests/api/tables.py"
    assert deeds - told == set(WITHOUT_STORY), "a deed without a story: tell it, or say why in tests/api/tables.py"
    assert all([*NOT_OFFERED.values(), *WITHOUT_WEB.values(), *WITHOUT_STORY.values()])


def test_every_address_is_used_once_and_its_ids_are_arguments() -> None:
    paths = [route.path for route in ROUTES.values()]
    assert len(paths) == len(set(paths))
    for deed, route in ROUTES.items():
        assert set(ids_in(route.path)) <= set(arguments(all_deeds()[deed.value])), deed


def test_deed_of_nobody_is_offered_to_nobody() -> None:
    for deed in ROUTES:
        assert ROLES_FOR[deed] - {Role.SYSTEM, Role.OPERATOR}, deed


def test_description_declares_every_deed_with_example_and_refusals() -> None:
    assert DESCRIPTION["openapi"].startswith("3.1")
    for deed, route in ROUTES.items():
        told = DESCRIPTION["paths"]["/api/v1" + route.path.replace("int:", "")]["post"]
        assert told["operationId"] == deed.value
        assert len(told["description"]) > 40
        wanted = {"201" if creates(route) else "200", "400", "401", "403", "404", "409", "413", "415", "422", "429"}
        assert wanted <= {str(status) for status in told["responses"]}
        if "requestBody" in told:
            sent = told["requestBody"]["content"]["application/json"]
            assert set(sent["schema"].get("required", ())) == set(sent["example"])
            assert sent["schema"]["additionalProperties"] is False
    assert json.loads(json.dumps(DESCRIPTION)) is not None


def test_references_of_the_description_lead_somewhere() -> None:
    named = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(DESCRIPTION)))
    assert named <= set(DESCRIPTION["components"]["schemas"])


def test_description_is_served_and_names_no_other_host(program: Any) -> None:
    answer = Program(None).get("/openapi.json")
    assert answer.status_code == 200
    assert answer.json()["info"]["title"] == "Breakfix"
    assert api.get_openapi_schema() is DESCRIPTION  # it takes seconds, so nobody who asks for it again waits for it
    assert answer.json() == json.loads(json.dumps(DESCRIPTION))


def outcome(answer: Any) -> tuple[int, str]:
    return (answer.status_code, "done") if answer.status_code < 400 else problem_of(answer)


@pytest.mark.parametrize(
    "who",
    tried(
        PARTY.split(),
        on_postgresql="alice dana",
        quick="alice dana",
    ),
)
def test_deeds_come_to_what_the_browser_says(who: str, made: scene.Scene, program: Any) -> None:
    caller, wrong, before = program(who), {}, business()
    for deed in ROUTES:
        savepoint = transaction.savepoint()
        status, code = outcome(posted(caller, deed, made.northgate))
        # What was done is undone again; what was refused has to leave no trace of its own.
        end = transaction.savepoint_rollback if code == "done" else transaction.savepoint_commit
        end(savepoint)
        row = WEB.get(deed.value)
        expected = row.doers.get(who) if row else None
        declared = {int(one) for one in declared_of(deed)}
        if status not in declared or (expected and code != expected):
            wrong[deed.value] = f"{status} {code} instead of {expected or sorted(declared)}"
        elif not expected and row and code == "done":
            wrong[deed.value] = "done by somebody who has no such work"
    assert wrong == {}
    assert business() == before


def declared_of(deed: Deed) -> list[str]:
    return list(DESCRIPTION["paths"]["/api/v1" + ROUTES[deed].path.replace("int:", "")]["post"]["responses"])


HOLDERS = {Role.CLIENT_FINANCE: "finn", Role.AUDITOR: "ada", Role.DISPATCHER: "dana", Role.REQUESTER: "rita"}
HOLDERS |= {Role.PROVIDER_FINANCE: "fay"}


@pytest.mark.parametrize(
    "role", tried(sorted(MACHINE_ROLES), here="dispatcher requester", on_postgresql="dispatcher", quick="dispatcher")
)
def test_machine_does_no_more_than_its_role_and_never_what_binds(role: Role, made: scene.Scene, program: Any) -> None:
    machine, wrong, before = program(HOLDERS[role], roles=[role]), {}, business()
    for deed in ROUTES:
        savepoint = transaction.savepoint()
        status, code = outcome(posted(machine, deed, made.northgate))
        if code == "done":
            transaction.savepoint_rollback(savepoint)
            if role not in ROLES_FOR[deed]:
                wrong[deed.value] = "done"
        else:
            transaction.savepoint_commit(savepoint)
            if str(status) not in {str(one) for one in declared_of(deed)}:
                wrong[deed.value] = f"{status} {code}"
    assert wrong == {}
    assert business() == before


FOREIGN = [deed for deed in ROUTES if set(ids_in(ROUTES[deed].path)) & {"engagement_id", "asset_id", "site_id"}]


@pytest.mark.parametrize(
    "who", tried(OTHERS.split(), here="hugo ana cal", on_postgresql="hana cal", quick="hugo cal")
)
def test_deeds_with_ids_of_others_find_nothing(who: str, made: scene.Scene, program: Any) -> None:
    caller, before, found = program(who), business(), {}
    for deed in FOREIGN:
        found[deed.value] = outcome(posted(caller, deed, made.northgate))
    assert {code for _, code in found.values()} <= {"not_found", "not_allowed"}, found
    assert business() == before


def test_roles_that_a_machine_may_hold_decide_nothing() -> None:
    assert {Role.REVIEWER, Role.QUOTING_ENGINEER, Role.TECHNICIAN} & MACHINE_ROLES == set()  # a second pair of eyes
    deciding = {Role.APPROVER, Role.DUTY_MANAGER, Role.CHANGE_MANAGER, Role.SECURITY_OFFICER, Role.DATA_OWNER}
    assert deciding & MACHINE_ROLES == set()
    assert {Role.REQUESTER, Role.CLIENT_FINANCE, Role.AUDITOR} == CLIENT_ROLES & MACHINE_ROLES


def test_answers_name_what_was_written(made: scene.Scene, program: Any) -> None:
    for who, deed, kind, status in ANSWERS:
        answer = posted(program(who), Deed(deed), made.northgate)
        assert (answer.status_code, answer.json().get("kind")) == (status, kind), answer.content


def test_people_of_the_tables_are_enrolled(made: scene.Scene) -> None:
    for role, who in HOLDERS.items():
        assert role in people.actor(who).roles
