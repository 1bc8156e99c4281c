"""The second fence on PostgreSQL: no row crosses the border of organisations, whatever a query forgot to ask.

Each table says in one line whose a row is. An engagement belongs to its two parties and to whoever a grant let in;
what hangs on it is as visible as the engagement. Who within an organisation may see what (need to know, field staff,
drafts) is decided by `visible_to`, the first fence. A later module declares its own tables in its own migration, with
`breakfix.kernel.fence.policies`; tests/attacks/test_second_fence.py lists those that need none, with the reason.

Conditions look at other tables through those tables' own policies, so they must not go round in a circle: grants
first, then organisations, agreements and engagements, then everything else.
"""

from typing import Any

from django.db import migrations

from breakfix.kernel.fence import policies

FUNCTIONS = {
    # Unset, reset and empty all mean nobody: no row, and never an error.
    "breakfix_machine()": "boolean LANGUAGE sql STABLE AS $$"
    " SELECT COALESCE(current_setting('breakfix.machine', true), '') = 'on' $$",
    "breakfix_person()": "bigint LANGUAGE sql STABLE AS $$"
    " SELECT NULLIF(current_setting('breakfix.person', true), '')::bigint $$",
    "breakfix_organisation()": "bigint LANGUAGE sql STABLE AS $$"
    " SELECT NULLIF(current_setting('breakfix.organisation', true), '')::bigint $$",
}
# As a question of its own each is asked once a statement, not once a row.
MINE, ME = "(SELECT breakfix_organisation())", "(SELECT breakfix_person())"


def granted(noun: str, table: str) -> str:
    """A grant in force lets this person or organisation in on the row. (A bare `id` would be the grant's own.)"""
    return (
        f"EXISTS (SELECT 1 FROM parties_grant g WHERE g.topic = '{noun}/' || {table}.id AND g.revoked_at IS NULL"
        f" AND (g.organisation_id = {MINE} OR g.person_id = {ME}))"
    )


def hangs_on(table: str, column: str) -> str:
    """As visible as the row that `column` names."""
    return f"EXISTS (SELECT 1 FROM {table} above WHERE above.id = {column})"


def known(column: str) -> str:
    """Of one's own organisation, or of one that an agreement opened. (Written with its table: a grant has an
    `organisation_id` of its own. Asked of the grants, which an index answers, and not of a table behind a policy.)"""
    return (
        f"({column} = {MINE} OR EXISTS (SELECT 1 FROM parties_grant g WHERE g.topic = 'organisation/' || {column}"
        f" AND g.revoked_at IS NULL AND (g.organisation_id = {MINE} OR g.person_id = {ME})))"
    )


ENGAGEMENT = hangs_on("incidents_engagement", "engagement_id")
PERSON = hangs_on("parties_person", "person_id")
TECHNICIAN = hangs_on("roster_technician", "technician_id")
OWN_TECHNICIAN = f"EXISTS (SELECT 1 FROM roster_technician t WHERE t.id = technician_id AND t.provider_id = {MINE})"
ORDER = hangs_on("work_workorder", "order_id")
# "engagement/5@client": what a file or document was kept on, and which side alone may have it.
NUMBER = "substring(topic from '/([0-9]{1,18})')::bigint"
SIDE = (
    "CASE split_part(topic, '@', 2) WHEN '' THEN true"
    f" WHEN 'client' THEN e.client_id = {MINE} WHEN 'provider' THEN e.provider_id = {MINE} ELSE false END"
)
TOPIC = (
    "CASE split_part(topic, '/', 1)"
    f" WHEN 'engagement' THEN EXISTS (SELECT 1 FROM incidents_engagement e WHERE e.id = {NUMBER} AND {SIDE})"
    f" WHEN 'organisation' THEN {hangs_on('parties_organisation', NUMBER)}"
    f" WHEN 'agreement' THEN {hangs_on('agreements_agreement', NUMBER)}"
    f" WHEN 'asset' THEN {hangs_on('assets_asset', NUMBER)}"
    f" WHEN 'passport' THEN {hangs_on('assets_asset', NUMBER)}"
    " ELSE false END"
)

CONDITIONS: dict[str, str] = {
    # ---- kernel: one's own log; tasks are the worker's alone
    "kernel_chain": f"organisation_id = {MINE}",
    "kernel_entry": f"organisation_id = {MINE}",
    "kernel_personalpart": hangs_on("kernel_entry", "entry_id"),
    "kernel_checkpoint": f"organisation_id = {MINE}",
    "kernel_task": "false",
    "kernel_counter": f"organisation_id = {MINE}",
    "kernel_file": TOPIC,
    # ---- parties, roster
    "parties_grant": f"(organisation_id = {MINE} OR person_id = {ME})",
    "parties_organisation": known("parties_organisation.id"),
    "parties_site": known("parties_site.organisation_id"),
    "parties_person": f"(id = {ME} OR {known('parties_person.organisation_id')})",
    "parties_roleholding": PERSON,
    "roster_technician": known("roster_technician.provider_id"),
    "roster_skill": TECHNICIAN,
    "roster_heldcertification": TECHNICIAN,
    # Which of its other clients cleared whom is no client's business.
    "roster_clearance": f"(client_id = {MINE} OR {OWN_TECHNICIAN})",
    "roster_insurance": known("roster_insurance.provider_id"),
    "roster_shift": TECHNICIAN,
    # ---- agreements, assets
    "agreements_agreement": f"(client_id = {MINE} OR provider_id = {MINE} OR {granted('agreement', 'agreements_agreement')})",
    "agreements_agreementversion": f"({hangs_on('agreements_agreement', 'agreement_id')} OR EXISTS (SELECT 1 FROM"
    " incidents_engagement e WHERE e.agreement_version_id = agreements_agreementversion.id))",
    "assets_businessservice": known("assets_businessservice.client_id"),
    "assets_asset": known("assets_asset.client_id"),
    # ---- the engagement and what hangs on it
    "incidents_engagement": f"(client_id = {MINE} OR provider_id = {MINE} OR {granted('engagement', 'incidents_engagement')})",
    "incidents_clock": ENGAGEMENT,
    "incidents_hold": ENGAGEMENT,
    "incidents_obligation": ENGAGEMENT,
    "incidents_degradation": ENGAGEMENT,
    "incidents_openend": ENGAGEMENT,
    "incidents_forensicfee": ENGAGEMENT,
    "approvals_authority": PERSON,
    "approvals_delegation": hangs_on("parties_person", "delegator_id"),
    "approvals_round": ENGAGEMENT,
    "approvals_seat": hangs_on("approvals_round", "round_id"),
    "approvals_attempt": hangs_on("approvals_seat", "seat_id"),
    "approvals_finding": ENGAGEMENT,
    "dispatch_dispatch": ENGAGEMENT,
    # A technician is booked or free for the provider's whole desk.
    "dispatch_booking": f"({ENGAGEMENT} OR {OWN_TECHNICIAN})",
    "dispatch_outcome": hangs_on("dispatch_booking", "booking_id"),
    "diagnosis_check": ENGAGEMENT,
    "diagnosis_rootcause": ENGAGEMENT,
    "parts_partorder": ENGAGEMENT,
    "quotes_quote": ENGAGEMENT,
    "quotes_supplierevidence": hangs_on("quotes_quote", "quote_id"),
    "quotes_tranche": ENGAGEMENT,
    "changes_change": ENGAGEMENT,
    "work_workorder": ENGAGEMENT,
    "work_workstep": ORDER,
    "work_timeentry": ORDER,
    "work_useofline": ENGAGEMENT,
    "work_accessgranted": ENGAGEMENT,
    "work_restoration": ORDER,
    "work_meternotice": ENGAGEMENT,
    "reports_servicereport": ENGAGEMENT,
    "guarantees_guarantee": ENGAGEMENT,
    "billing_invoice": ENGAGEMENT,
    "billing_invoiceline": hangs_on("billing_invoice", "invoice_id"),
    # ---- what was made of all that
    "histories_document": TOPIC,
    "histories_pack": f"EXISTS (SELECT 1 FROM incidents_engagement e WHERE e.id = engagement_id AND e.client_id = {MINE})",
}


def make_functions(apps: Any, schema_editor: Any) -> None:
    for head, body in FUNCTIONS.items() if schema_editor.connection.vendor == "postgresql" else ():
        schema_editor.execute(f"CREATE FUNCTION {head} RETURNS {body}", params=None)


def drop_functions(apps: Any, schema_editor: Any) -> None:
    for head in FUNCTIONS if schema_editor.connection.vendor == "postgresql" else ():
        schema_editor.execute(f"DROP FUNCTION {head}", params=None)


class Migration(migrations.Migration):
    dependencies = [
        ("kernel", "0001_initial"),
        ("parties", "0001_initial"),
        ("roster", "0001_initial"),
        ("agreements", "0001_initial"),
        ("assets", "0001_initial"),
        ("incidents", "0001_initial"),
        ("approvals", "0001_initial"),
        ("dispatch", "0001_initial"),
        ("diagnosis", "0001_initial"),
        ("parts", "0001_initial"),
        ("quotes", "0001_initial"),
        ("changes", "0001_initial"),
        ("work", "0001_initial"),
        ("reports", "0001_initial"),
        ("guarantees", "0001_initial"),
        ("billing", "0001_initial"),
        ("histories", "0001_initial"),
    ]
    operations = [
        migrations.RunPython(make_functions, drop_functions),
        policies(CONDITIONS),
    ]
