"""Every reading at its address: who gets it, what foreign ids and filters come to, and that nothing leaks."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from ninja import Schema

from breakfix.api.app import api
from breakfix.kernel.access import MACHINE_ROLES
from tests.api.conftest import problem_of
from tests.api.readers import READERS
from tests.api.test_deeds import business
from tests.web import scene
from tests.web.rows import CLIENT, EVERYBODY, OTHER_CLIENT, OTHERS
from tests.web.scene import HIDDEN_WORD, INVITED, NORTHGATE_WORDS, OPEN_WORD, Scene
from tests.whole import tried

DESCRIPTION = api.get_openapi_schema()
READINGS = {
    told["get"]["operationId"].removeprefix("read_"): path.removeprefix("/api/v1")
    for path, told in DESCRIPTION["paths"].items()
    if "get" in told
}
LISTS = [name for name, path in READINGS.items() if "{" not in path]
RECORDS = {"me", "calibrated"}  # without an id in the address, and yet no list


@pytest.fixture
def made(_noon: None) -> Scene:
    return scene.whole_scene()


def address(name: str, ids: dict[str, Any]) -> str | None:
    """The reading's address with these ids; None where they name no such thing."""
    known = {**ids, "organisation_id": ids.get("client_id")}
    values = {key: known.get(f"{name}.{key}", known.get(key)) for key in re.findall(r"{(\w+)}", READINGS[name])}
    # Both kinds of orders carry the same name in their addresses.
    if None in values.values() or (name == "work_order" and "work_order.order_id" not in ids):
        return None
    return READINGS[name].format(**values)


def own(made: Scene) -> Iterator[tuple[str, str]]:
    """Every reading about Northgate's night."""
    for name in READINGS:
        path = address(name, made.northgate)
        assert path is not None, name
        yield name, path


def foreign(made: Scene, ids: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every reading that carries an id of another's; the log is each organisation's own."""
    for name in READINGS:
        path = address(name, ids)
        if path is not None and "{" in READINGS[name] and name != "log_entry":
            yield name, path


def words_not_for(who: str, made: Scene) -> list[str]:
    """What must not stand in any answer to this person."""
    mine = OTHER_CLIENT.split() if who in OTHER_CLIENT.split() else []
    hidden = [] if who in INVITED or who == "hana" else [HIDDEN_WORD]
    opened = [OPEN_WORD] if who in CLIENT.split() else []
    return hidden + opened + (list(NORTHGATE_WORDS) if mine or who in OTHERS.split() else [])


def test_every_reading_has_a_row_and_every_row_a_reading() -> None:
    assert set(READINGS) == set(READERS), "a new reading: say in tests/api/readers.py who gets it"


def test_description_declares_every_reading_with_its_refusals_and_no_name_twice() -> None:
    shown = [told["get"] for told in DESCRIPTION["paths"].values() if "get" in told]
    for one in shown:
        assert {"200", "304", "400", "401", "403", "404", "429"} <= {str(status) for status in one["responses"]}
        assert one["summary"]
        assert one["description"].endswith(".")
        assert one["security"]
    names = [model.__name__ for model in _models()]
    assert sorted(names) == sorted(set(names)), "two kinds of output share a name: only one would be described"


def _models() -> set[type]:
    found: set[type] = set()
    waiting: list[type] = [Schema]
    while waiting:
        model = waiting.pop()
        waiting += model.__subclasses__()
        # The pages of a list that stands at two addresses are one and the same.
        if model.__module__.startswith("breakfix.api") and not model.__name__.startswith("PageOf"):
            found.add(model)
    return found


@pytest.mark.parametrize(
    "who",
    tried(
        EVERYBODY.split(),
        here="rita alice sol ada nora finn quinn dana percy tom fay hana hope cal",
        on_postgresql="alice ada dana tom hana cal",
        quick="alice ada dana tom hana cal",
    ),
)
def test_readings_are_for_their_readers_and_say_nothing_of_others(who: str, made: Scene, program: Any) -> None:
    caller, wrong, leaks, before = program(who), {}, {}, business()
    for name, path in own(made):
        answer = caller.get(path)
        status = 200 if who in READERS[name].split() else 404
        if answer.status_code != status or (status == 404 and problem_of(answer) != (404, "not_found")):
            wrong[name] = f"{answer.status_code} instead of {status}"
        if told := [word for word in words_not_for(who, made) if word.encode() in answer.content]:
            leaks[name] = told
    assert (wrong, leaks) == ({}, {})
    assert business() == before


@pytest.mark.parametrize(
    "who",
    tried(
        [*CLIENT.split(), *OTHER_CLIENT.split()],
        here="rita sol ada nora finn charlie hana",
        on_postgresql="ada hana",
        quick="ada hana",
    ),
)
def test_ids_of_another_client_are_not_there(who: str, made: Scene, program: Any) -> None:
    caller, wrong = program(who), {}
    theirs = [made.harborview, made.hidden] if who in CLIENT.split() else [made.northgate]
    if who in OTHER_CLIENT.split() and who not in (*INVITED, "hana"):
        theirs.append({"engagement_id": made.hidden["engagement_id"]})  # all else of it is their own
    for ids in theirs:
        for name, path in foreign(made, ids):
            if caller.get(path).status_code != 404:
                wrong[name] = path
    missing = caller.get("/engagements/987654321")
    there = caller.get(address("engagement", theirs[0]) or "")
    assert wrong == {}
    assert {**missing.json(), "instance": ""} == {**there.json(), "instance": ""}


def test_roster_of_another_provider_is_not_there(made: Scene, program: Any) -> None:
    dana, cal = program("dana"), program("cal")
    assert dana.get(address("technician", made.harborview) or "").status_code == 404
    assert cal.get(address("technician", made.northgate) or "").status_code == 404
    names = [{one["person"]["name"] for one in who.get("/technicians").json()["items"]} for who in (dana, cal)]
    assert not names[0] & names[1]


@pytest.mark.parametrize(
    "role",
    tried(sorted(MACHINE_ROLES), here="dispatcher auditor client_finance", on_postgresql="auditor", quick="auditor"),
)
def test_machines_read_what_a_person_of_their_role_reads(role: str, made: Scene, program: Any) -> None:
    who = {"requester": "rita", "client_finance": "finn", "auditor": "ada", "dispatcher": "dana"}
    who |= {"quoting_engineer": "quinn", "provider_finance": "fay"}
    caller, wrong = program(who[role], roles=[role]), {}
    for name, path in own(made):
        found, status = caller.get(path), 200 if who[role] in READERS[name].split() else 404
        if found.status_code != status:
            wrong[name] = f"{found.status_code} instead of {status}"
        assert HIDDEN_WORD.encode() not in found.content, name
    assert wrong == {}


@pytest.mark.parametrize(
    "who",
    tried(
        ["alice", "ada", "quinn", "percy", "fay", "tom", "ana", "hugo", "cal"],
        here="ada quinn percy tom hugo cal",
        on_postgresql="ada tom",
        quick="ada tom",
    ),
)
def test_restricted_engagement_changes_no_list_of_the_uninvited(who: str, program: Any) -> None:
    """Every list is to the letter what it was before, ETag and cursor among it, and nothing stands at its address."""
    made, caller = scene.scene(), program(who)
    lists = [name for name in LISTS if name not in RECORDS]

    def read(name: str) -> tuple[bytes, str | None]:
        answer = caller.get(f"{READINGS[name]}?limit=5")
        # A cursor is stamped with the second in which it was given.
        body = re.sub(rb'"next": "[^"]+"', b'"next": ""', answer.content)
        return body, answer.headers.get("ETag") if b'"next": null' in body else None

    without_it = {name: read(name) for name in lists}
    made = scene.with_secret(made)
    for name in lists:
        assert read(name) == without_it[name], name
    for name, path in READINGS.items():
        if re.findall(r"{(\w+)}", path) == ["engagement_id"]:
            assert caller.get(address(name, made.hidden) or "").status_code == 404, name


FOREIGN_FILTERS = ("engagements?asset={asset_id}", "assets?site={site_id}", "assets?client={client_id}")
FOREIGN_FILTERS += ("sites?organisation={client_id}", "people?organisation={client_id}")
FOREIGN_FILTERS += ("log?topic=engagement/{engagement_id}",)


@pytest.mark.parametrize("who", ["rita", "ada", "nora"])
def test_filters_by_ids_of_another_client_find_nothing(who: str, made: Scene, program: Any) -> None:
    caller = program(who)
    for wanted in FOREIGN_FILTERS:
        answer = caller.get("/" + wanted.format(**made.harborview))
        assert (answer.status_code, answer.json()) == (200, {"items": [], "next": None}), wanted
    assert caller.get("/people?email=charlie@harborview.example").json()["items"] == []


@pytest.mark.parametrize("name", LISTS)
def test_lists_know_their_own_filters_only(name: str, made: Scene, program: Any) -> None:
    caller, path = program("ada"), READINGS[name]
    assert problem_of(caller.get(f"{path}?colour=red"))[1] in {"unknown_parameter", "not_found"}
    if name not in RECORDS:
        assert problem_of(caller.get(f"{path}?limit=1000000000"))[0] in {400, 404}
        assert problem_of(caller.get(f"{path}?cursor=1"))[0] in {400, 404}


def test_technician_is_shown_no_price(made: Scene, program: Any) -> None:
    tom = program("tom")
    for name, path in own(made):
        if name in {"booking", "agreement_list"} or "tom" not in READERS[name].split():
            continue
        answer = tom.get(path)
        assert b'"amount"' not in answer.content, name
