"""Somebody got past every check of ours and types SQL with the application's own login: the database still asks.

The pages themselves are tried as such a role too: on PostgreSQL every test of tests/web is (see its conftest).
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, ProgrammingError, connection, connections, models, transaction
from django.test import Client

from breakfix.incidents.models import Engagement
from breakfix.kernel import clock, fence
from breakfix.kernel.access import SYSTEM, Actor
from breakfix.kernel.backup import postgresql
from breakfix.parties.models import Organisation, Site
from tests import people
from tests.billing.plain_sql import plain_role, played, refusal_of, run
from tests.web import scene as scenes
from tests.web.scene import NOW, Scene

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
# Tables without a policy, each with its reason. A new table has a policy, or a line here.
OPEN = {
    "roster_certification": "a catalogue, the same for everybody",
    "django_migrations": "what the tables look like, not what is in them",
    "django_content_type": "names of tables",
    "django_session": "read before anybody is known; its key is the secret",
    "auth_permission": "unused: roles are in parties_roleholding",
    "auth_group": "unused",
    "auth_group_permissions": "unused",
    "kernel_pulse": "when a program of ours was last alive",
    "kernel_pause": "what waits after a restore, for the whole installation",
    "kernel_guess": "counts under hashes, taken before anybody is known",
    "api_storedanswer": "found by the hash of a token and its route alone",
    "api_allowance": "counts, taken before anybody is known",
    "mfa_authenticator": "read by the sign-in alone; what is secret in it is sealed",
    "usersessions_usersession": "read by the sign-in and by the page of one's own sessions",
    "socialaccount_socialaccount": "unused: nothing of a provider is kept",
    "socialaccount_socialapp": "unused: providers come from the environment",
    "socialaccount_socialtoken": "unused: nothing of a provider is kept",
    "account_emailaddress": "read before anybody is known, by the sign-in alone",
    "account_emailconfirmation": "read before anybody is known, by the sign-in alone",
}


@pytest.fixture(name="made")
def _made(db: None) -> Iterator[Scene]:
    with clock.set_to(NOW):
        yield scenes.whole_scene()


@pytest.fixture(name="role")
def _role(made: Scene) -> str:
    return plain_role()


def stand(who: str) -> None:
    """From now on this person is before the database, as if a page had let them in."""
    fence.let_in(people.actor(who)) if who else fence.leave()


@pytest.fixture(autouse=True)
def _leave_afterwards() -> Iterator[None]:
    yield
    fence.leave()


def seen(table: str) -> int:
    return int(run(f'SELECT count(*) FROM "{table}"')[0][0])


def northgates(*, engagements_only: bool) -> dict[type[models.Model], list[Any]]:
    """Every row that hangs on Northgate (or only on its engagements) by foreign keys, however many steps away."""
    client = Organisation.objects.get(slug="northgate").pk
    root: type[models.Model] = Engagement if engagements_only else Organisation
    first = Engagement.objects.filter(client_id=client).values_list("pk", flat=True) if engagements_only else [client]
    owned: dict[type[models.Model], set[Any]] = {root: set(first)}
    found: dict[type[models.Model], list[Any]] = {}
    for model in apps.get_models():  # in the order of the road: what a row stands on comes first
        if not model.__module__.startswith("breakfix.") or model is root:
            continue
        above = [field for field in model._meta.concrete_fields if field.related_model in owned]
        hanging = models.Q(pk__in=[])
        for field in above:
            # A provider's person, technician or certificate is Northgate's no more than anybody else's.
            hanging |= models.Q(**{f"{field.name}__in": owned[field.related_model]})
        if any(field.name == "organisation_id" for field in model._meta.concrete_fields):  # of the kernel
            above, hanging = [model._meta.pk], hanging | models.Q(organisation_id=client)
        if above and (keys := list(model._default_manager.filter(hanging).values_list("pk", flat=True))):
            owned[model] = set(keys)
            found[model] = keys
    return found


# ------------------------------------------------------------------------------------------ no table is forgotten


@pytest.mark.postgres
@pytest.mark.django_db
def test_every_table_has_its_fence_or_its_reason() -> None:
    rows = run(
        "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity AND EXISTS"
        " (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd = '*' AND p.polwithcheck IS NOT NULL)"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public'"
        " AND c.relkind = 'r'"
    )
    bare = {name for name, fenced in rows if not fenced}
    assert bare - set(OPEN) == set(), "a new table: give it a policy (kernel/fence.py), or a reason in OPEN"
    assert {name for name, fenced in rows if fenced} & set(OPEN) == set()


# ---------------------------------------------------------------------------------------------- across the border


@pytest.mark.postgres
@pytest.mark.tampers
def test_nobody_sees_nothing_and_it_is_no_error(role: str) -> None:
    tables = [model._meta.db_table for model in apps.get_models() if model.__module__.startswith("breakfix.")]
    fenced = [table for table in tables if table not in OPEN]
    for said in ("", "RESET breakfix.person", "SET breakfix.organisation = ''", "SET breakfix.machine = 'off'"):
        with played(role):
            if said:
                run(said)
            assert {table: count for table in fenced if (count := seen(table))} == {}
            assert "row-level security" in refusal_of(
                (
                    "INSERT INTO kernel_counter (organisation_id, series, last) VALUES (1, 'X', 1)",
                    {},
                )
            )


@pytest.mark.postgres
@pytest.mark.tampers
@pytest.mark.parametrize("who", ["charlie", "hugo", "cal", "cleo"])
def test_rows_of_another_client_are_neither_read_nor_changed_with_plain_sql(who: str, role: str) -> None:
    # Calder serves Northgate, too, and knows its sites and people: on other engagements.
    theirs = northgates(engagements_only=who in {"cal", "cleo"})
    assert len(theirs) > (30 if who in {"cal", "cleo"} else 42)
    copies = {model: _copy_of(model, keys[-1]) for model, keys in theirs.items()}
    stand(who)
    found, let_in = {}, {}
    with played(role):
        for model, keys in theirs.items():
            table, key = model._meta.db_table, model._meta.pk.column  # type: ignore[union-attr]
            given = {"keys": keys}
            found[table] = (
                run(f'SELECT count(*) FROM "{table}" WHERE "{key}" = ANY(%(keys)s)', **given)[0][0],
                len(
                    run(f'UPDATE "{table}" SET "{key}" = "{key}" WHERE "{key}" = ANY(%(keys)s) RETURNING 1', **given)
                ),
                len(run(f'DELETE FROM "{table}" WHERE "{key}" = ANY(%(keys)s) RETURNING 1', **given)),
            )
            let_in[table] = refusal_of(copies[model])
    assert {table: counts for table, counts in found.items() if counts != (0, 0, 0)} == {}
    guarded = {table for table, words in let_in.items() if "row-level security" not in words}
    # Before row-level security is asked, a guard of the money says no.
    assert guarded <= {"quotes_quote", "quotes_tranche", "billing_invoice", "billing_invoiceline"}
    assert all(let_in.values())


def _copy_of(model: type[models.Model], key: Any) -> tuple[str, dict[str, Any]]:
    """A statement that inserts a row like that one, with a key of its own."""
    table, pk = model._meta.db_table, model._meta.pk
    assert pk is not None
    columns = [field.column for field in model._meta.concrete_fields if field is not pk]
    if not isinstance(pk, models.AutoField | models.BigAutoField):
        columns.append(pk.column)
    listed = ", ".join(f'"{column}"' for column in columns)
    shown = ", ".join(f'"{column}"::text' for column in columns)
    row = run(f'SELECT {shown} FROM "{table}" WHERE "{pk.column}" = %(key)s', key=key)[0]
    declared = "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = %(t)s::regclass"
    kinds: dict[str, str] = dict(run(f"{declared} AND attnum > 0", t=table))  # type: ignore[arg-type]
    places = ", ".join(f"%({column})s::{kinds[column]}" for column in columns)
    return f'INSERT INTO "{table}" ({listed}) VALUES ({places})', dict(zip(columns, row, strict=True))


@pytest.mark.postgres
@pytest.mark.tampers
def test_parties_of_an_engagement_see_all_that_hangs_on_it(role: str, made: Scene) -> None:
    """The twin of the refusals above: the same login, the same rows, read by those whose rows they are."""
    engagements = [made.northgate["engagement_id"]]
    tables = {
        model._meta.db_table: model._default_manager.filter(engagement_id__in=engagements).count()
        for model in apps.get_models()
        if any(field.name == "engagement" and field.related_model is Engagement for field in model._meta.fields)
    }
    assert sum(map(bool, tables.values())) > 15
    for who in ("alice", "dana"):
        stand(who)
        with played(role):
            told = {
                table: run(f'SELECT count(*) FROM "{table}" WHERE engagement_id = ANY(%(e)s)', e=engagements)[0][0]
                for table in tables
            }
        # The sealed pack is the client's own.
        assert {t for t in tables if told[t] != tables[t]} <= ({"histories_pack"} if who == "dana" else set())


@pytest.mark.postgres
@pytest.mark.tampers
def test_no_row_is_carried_over_the_border(role: str, made: Scene) -> None:
    site = {"id": Site.objects.get(organisation__slug="harborview").pk, "to": made.northgate["client_id"]}
    grant = {"topic": f"engagement/{made.northgate['engagement_id']}", "person": people.person("hugo").pk}
    letting_in = (
        "INSERT INTO parties_grant (topic, person_id, reason, since) VALUES (%(topic)s, %(person)s, 'x', now())"
    )
    stand("charlie")
    with played(role):
        assert "row-level security" in refusal_of(
            ("UPDATE parties_site SET organisation_id = %(to)s WHERE id = %(id)s", site)
        )
        assert "row-level security" in refusal_of((letting_in, grant))


@pytest.mark.postgres
def test_pages_work_as_a_plain_role_and_leave_nobody_behind(made: Scene, as_plain_role: None) -> None:
    browser = Client()
    browser.force_login(people.person("alice"), BACKEND)
    assert browser.get(f"/engagements/{made.northgate['engagement_id']}").status_code == 200
    assert run("SELECT current_setting('breakfix.person', true)") == [("",)]
    assert browser.get(f"/engagements/{made.harborview['engagement_id']}").status_code == 404


# ------------------------------------------------------------------------------------------ who stands there when


def test_machine_steps_aside_again_whatever_happens(made: Scene) -> None:
    stand("alice")
    alice = fence.standing()
    with fence.as_machine():
        assert fence.standing() == fence.MACHINE
    assert fence.standing() == alice
    with pytest.raises(IntegrityError), fence.as_machine():
        raise IntegrityError
    assert fence.standing() == alice
    fence.let_in(SYSTEM)
    assert fence.standing() == fence.MACHINE
    fence.leave()
    assert fence.standing() == fence.NOBODY


def test_request_leaves_nobody_behind_even_if_it_fails(made: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Client(raise_request_exception=False)
    browser.force_login(people.person("alice"), BACKEND)
    seen_by: list[fence.Standing] = []

    def broken(*_args: Any, **_given: Any) -> None:
        seen_by.append(fence.standing())
        raise ZeroDivisionError

    monkeypatch.setattr("breakfix.incidents.queries.get_engagement", broken)
    assert browser.get(f"/engagements/{made.northgate['engagement_id']}").status_code == 500
    assert [one.person for one in seen_by] == [people.person("alice").pk]
    assert fence.standing() == fence.NOBODY


@pytest.mark.postgres
def test_fresh_connection_is_told_who_stands_before_it(made: Scene) -> None:
    """After a connection was lost, the next one neither forgets who asks nor takes over somebody else."""
    stand("alice")
    fresh = connections.create_connection("default")
    try:
        with fresh.cursor() as cursor:
            cursor.execute("SELECT current_setting('breakfix.person'), current_setting('breakfix.machine')")
            assert cursor.fetchone() == (str(people.person("alice").pk), "")
    finally:
        fresh.close()


@pytest.mark.postgres
def test_failed_transaction_brings_back_who_stood_there(made: Scene) -> None:
    stand("alice")
    with pytest.raises(IntegrityError), transaction.atomic(), fence.as_machine():
        run("INSERT INTO kernel_counter (series, last) VALUES ('X', 1)")
    assert run("SELECT current_setting('breakfix.person'), current_setting('breakfix.machine')") == [
        (str(people.person("alice").pk), "")
    ]


def _believed() -> str:
    """Whom the connection takes for the one before it, without telling it anything."""
    with connection.connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('breakfix.person') || current_setting('breakfix.machine')")
        return str(cursor.fetchone()[0])


@pytest.mark.postgres
def test_who_stands_there_is_told_with_the_next_statement_and_once(
    made: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = people.actor("alice")
    run("SELECT 1")
    fence.let_in(alice)
    with fence.as_machine():
        pass
    assert _believed() == "", "nobody asked for anything, so nothing was said"
    run("SELECT 1")
    assert _believed() == str(alice.person_id)
    with monkeypatch.context() as broken:
        broken.setattr(fence, "TELL", "told twice")
        run("SELECT 1")


@pytest.mark.postgres
def test_what_is_rolled_back_is_told_again(made: Scene) -> None:
    """A machine that stands there across a rollback is still let in, and whoever came in its place is not."""

    def broken(by: Actor) -> None:
        fence.let_in(by)
        run("SELECT 1")
        raise ZeroDivisionError

    alice = people.actor("alice")
    run("SELECT 1")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        broken(SYSTEM)
    assert run("SELECT current_setting('breakfix.machine')") == [("on",)]
    with pytest.raises(ZeroDivisionError), fence.as_machine(), transaction.atomic():
        broken(alice)
    assert run("SELECT current_setting('breakfix.machine')") == [("on",)]
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        broken(alice)
    fence.leave()
    assert run("SELECT current_setting('breakfix.person') || current_setting('breakfix.machine')") == [("",)]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_failure_that_somebody_swallowed_is_a_rollback_as_well() -> None:
    """PostgreSQL makes one of that commit without a word: whoever stood there before must not be believed still."""
    with fence.as_machine():
        run("SELECT 1")
    with transaction.atomic():
        run("SELECT 1")
        with contextlib.suppress(ProgrammingError):
            run("SELECT nothing")
    assert run("SELECT current_setting('breakfix.machine')") == [("",)]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_backup_reads_one_state_also_after_a_rollback() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        raise ZeroDivisionError
    with fence.as_machine(), postgresql.snapshot():
        assert run("SHOW transaction_isolation") == [("repeatable read",)]
