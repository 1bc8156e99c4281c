"""The agreement: every figure that prices, clocks and approvals are computed from (domain.md §6.1)."""

from breakfix.documents.composing import agreement_fields, clauses
from breakfix.documents.composing.words import Content, day_of, when
from breakfix.documents.sheet import Block, Bullets, Facts, Section, Sheet, Text


def compose(content: Content, sha256: str, beside: Content) -> Sheet:
    """One signed version; `beside` names the parties whose ids the signed text holds, and who signed."""
    zone, starts = beside["zone"], beside["effective_at"]
    return Sheet(
        title="Agreement",
        number=content["agreement"],
        version=f"Version {content['version']}",
        issuer=beside["provider"]["legal_name"],
        recipient=beside["client"]["legal_name"],
        date=day_of(starts, zone),
        sha256=sha256,
        intro=intro(content, beside),
        sections=body(content, beside),
        signatures=tuple((f"For the {one['as']}", one["name"], when(one["at"], zone)) for one in beside["signed"]),
    )


def intro(content: Content, beside: Content) -> tuple[Block, ...]:
    """Who agreed, where no field says so."""
    return () if "statements" in content["terms"] else _parties(content, beside)


def body(content: Content, beside: Content) -> tuple[Section, ...]:
    """All that is agreed, as stored: the page on which one signs and the PDF print the same."""
    terms = content["terms"]
    return agreement_fields.sections(content, beside) if "statements" in terms else _before_fields(terms)


def _parties(content: Content, beside: Content) -> tuple[Block, ...]:
    terms, zone, starts = content["terms"], beside["zone"], beside["effective_at"]
    return (
        Facts(
            (
                ("Provider", _party(beside["provider"])),
                ("Client", _party(beside["client"])),
                ("In force from", when(starts, zone)),
                ("Accountable person", beside["accountable"]),
                ("Currency", content["currency"]),
            )
        ),
        Text(terms["scope"]["no_ongoing_services"]),
    )


def _before_fields(terms: Content) -> tuple[Section, ...]:
    """The clauses of what was signed before there were numbered fields, as it was printed then."""
    return (
        Section("Scope", clauses.scope(terms)),
        Section("Rates", clauses.rates(terms)),
        Section("Forensic fees", clauses.forensic(terms)),
        *((Section("Prices by the piece and success fees", clauses.pieces(terms)),) if "units" in terms else ()),
        Section("Parts, quotes and payment", (clauses.parts_and_tax(terms), clauses.payment(terms))),
        Section("Commitments", clauses.commitments(terms)),
        Section("Business hours and pauses", clauses.hours(terms)),
        Section("Service credits", clauses.credits(terms)),
        Section("Approvals", clauses.approvals(terms)),
        Section("Who is sent", (clauses.dispatch(terms),)),
        Section("Guarantee, liability and insurance", clauses.cover(terms)),
        Section(
            f"Rules on site, version {terms['protocol']['version']}",
            (Bullets(tuple(terms["protocol"]["rules"])),),
        ),
    )


def _party(party: Content) -> str:
    parts = (party["legal_name"], party["address"], f"Tax number {party['tax_id']}" if party["tax_id"] else "")
    return "\n".join(part for part in parts if part)
