"""Statements as somebody would type them who holds the application's own database login and nothing more."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, connection, transaction

from breakfix.kernel import fence


@contextmanager
def as_the_application() -> Iterator[None]:
    """On PostgreSQL a plain role with SELECT, INSERT, UPDATE and DELETE; on SQLite there is only one login.

    Row-level security stands aside, so that what refuses is the guard and nothing else.
    """
    if connection.vendor != "postgresql":
        yield
        return
    role = plain_role()
    with fence.as_machine(), played(role):
        yield


def plain_role() -> str:
    """A role that owns nothing and bypasses nothing. Roles belong to the whole server: this one is the database's
    own, and gone again with the test's transaction."""
    role = f"app_of_{connection.settings_dict['NAME']}".replace("-", "_")[:60]
    if not run("SELECT 1 FROM pg_roles WHERE rolname = %(role)s", role=role):
        run(f'CREATE ROLE "{role}" NOLOGIN NOSUPERUSER NOBYPASSRLS')
    run(f'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "{role}"')
    run(f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "{role}"')
    return role


@contextmanager
def played(role: str) -> Iterator[None]:
    """Everything in between is asked by this role."""
    run(f'SET LOCAL ROLE "{role}"')
    try:
        yield
    finally:
        run("RESET ROLE")


def run(statement: str, **given: Any) -> list[tuple[Any, ...]]:
    """One statement with `%(name)s` parameters; its rows, if it has any."""
    with connection.cursor() as cursor:
        cursor.execute(statement, given or None)
        return list(cursor.fetchall()) if cursor.description else []


def refusal_of(*statements: tuple[str, dict[str, Any]]) -> str:
    """What the database itself says against these statements, "" where it lets them through; nothing is kept."""
    try:
        with transaction.atomic():
            for statement, given in statements:
                run(statement, **given)
            transaction.set_rollback(True)
    except DatabaseError as refused:
        return str(refused)
    return ""


def new_invoice(
    engagement_id: int, provider_id: int, amount: int, *, status: str = "CHECKED", number: str = "X-1", **more: Any
) -> Any:
    """An invoice typed by hand over this net amount in cents, without tax; `corrects` makes it a credit note."""
    statement = (
        "INSERT INTO billing_invoice (engagement_id, provider_id, number, status, currency, subtotal_minor,"
        " tax_minor, total_minor, issued_at, due_on, canonical, sha256, kind, labour_minor, credit_minor,"
        " withheld_minor, corrects_id) VALUES (%(engagement)s, %(provider)s,"
        " %(number)s, %(status)s, 'USD', %(amount)s, 0, %(amount)s, '2026-12-05 12:00:00+00:00', '2027-01-04',"
        " '{}', '', %(kind)s, %(labour)s, %(credit)s, %(withheld)s, %(corrects)s)"
    )
    who = {"engagement": engagement_id, "provider": provider_id}
    told = {"labour": 0, "credit": 0, "withheld": 0, "corrects": None, **more}
    told["kind"] = "CREDIT_NOTE" if told["corrects"] else "INVOICE"
    return statement, {**who, **told, "number": number, "status": status, "amount": amount}


def new_line(tranche_id: int, amount: int, *, number: str = "X-1", position: int = 1) -> Any:
    """A line of that invoice on this tranche."""
    statement = (
        "INSERT INTO billing_invoiceline (invoice_id, position, tranche_id, ref, description, quantity, amount_minor,"
        " currency, tax_category) SELECT id, %(position)s, %(tranche)s, 'A9', 'more', 1, %(amount)s, 'USD', 'fees'"
        " FROM billing_invoice WHERE number = %(number)s"
    )
    return statement, {"number": number, "position": position, "tranche": tranche_id, "amount": amount}


def issue(number: str = "X-1") -> Any:
    """The statement that issues, as the deed itself makes it."""
    return "UPDATE billing_invoice SET status = 'ISSUED' WHERE number = %(number)s", {"number": number}
