"""The 38 fields that an agreement has to answer before anybody signs it (domain.md §6.1, F3), as one table.

A field is answered by its values, once somebody has said that they hold, or by a reason why it does not apply.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from breakfix.roster.values import Domain

Tree = dict[str, Any]
# For how long an answer is waited for before the next rung is asked (domain.md §3.9), in minutes.
ANSWER_MINUTES = {"P1": 10, "P2": 20, "P3": 60, "P4": 120}
PLACEHOLDER = "none named in this example"  # of wordings/example.yaml; nobody signs it
# What is lacking in the terms, in words; nothing where all is there.
Judge = Callable[[Tree], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `paths` are the parts of the terms that hold its values: a deed that names one of them says so.

    `texts` have to be filled in: (path, words). `neutral` is laid over the terms where the field does not apply, so
    that what is computed agrees with what is signed; None: Breakfix computes with its values, so it always applies.
    """

    number: int
    key: str
    name: str
    section: str
    paths: tuple[str, ...] = ()
    texts: tuple[tuple[str, str], ...] = ()
    neutral: Tree | None = None
    judge: Judge | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the parties said about a field. One that is missing blocks the signature: `lacking` says what for."""

    field: Field
    state: str  # agreed, not_applicable, missing
    because: str = ""
    lacking: tuple[str, ...] = ()


SECTIONS = {
    "parties": "Parties and term",
    "scope": "Scope and triggers",
    "priority": "Priority",
    "promises": "Commitments and calendar",
    "credits": "Service credits",
    "rates": "Labour and travel",
    "forensic": "Diagnosis",
    "parts": "Parts and quotes",
    "approvals": "Approvals",
    "people": "Contacts and escalation",
    "conduct": "Rules of work",
    "cover": "Guarantee and cover",
    "money": "Invoices",
    "closing": "Records and law",
}


def at_path(tree: Any, path: str) -> Any:
    """What stands at `rates.levels`; None where nothing does."""
    for step in path.split("."):
        tree = tree.get(step) if isinstance(tree, dict) else None
    return tree


def _entity(side: str) -> tuple[tuple[str, str], ...]:
    at = f"entities.{side}"
    return ((f"{at}.name", "the legal name"), (f"{at}.address", "the address"))


def _both_sides(path: str, words: str) -> Judge:
    def judge(terms: Tree) -> Iterator[str]:
        named = {row.get("side") for row in at_path(terms, path) or ()}
        for side in ("provider", "client"):
            if side not in named:
                yield f"{words} of the {side}"

    return judge


def _ladder(terms: Tree) -> Iterator[str]:
    """A rung of each side; where the software asks by itself, somebody whom it asks on each side."""
    yield from _both_sides("communication.ladder", "a rung")(terms)
    asked = {row.get("side") for row in at_path(terms, "communication.ladder") or () if row.get("role")}
    if len(asked) == 1:
        lacking = "client" if "provider" in asked else "provider"
        yield f"a share and a role for somebody of the {lacking}, as the other side has them"


def _some(path: str, words: str) -> Judge:
    def judge(terms: Tree) -> Iterator[str]:
        if not at_path(terms, path):
            yield words

    return judge


def _jurisdiction(terms: Tree) -> Iterator[str]:
    if str(at_path(terms, "tax.jurisdiction") or "").strip() in ("", "not set", PLACEHOLDER):
        yield "whose tax it is"


_PRIORITIES = ("P1", "P2", "P3", "P4")
_NO_CREDITS: Tree = {"credits": {name: [] for name in _PRIORITIES}}
_NO_PAUSES = (
    *("AWAITING_CLIENT_INFO", "AWAITING_CLIENT_ACCESS", "AWAITING_CLIENT_APPROVAL", "AWAITING_CHANGE_WINDOW"),
    *("AWAITING_THIRD_PARTY", "AWAITING_PARTS", "FORCE_MAJEURE", "PROVIDER_INTERNAL"),
)
_CLOCKS = ("ACK", "ENGAGE", "ONSITE", "QUOTE", "UPDATE", "RESTORE")
_RUNNING: Tree = {"pauses": {"holds": {name: dict.fromkeys(_CLOCKS, "run") for name in _NO_PAUSES}}}
_NO_GUARANTEE = dict.fromkeys(
    ("workmanship_days", "legacy_days", "parts_new_days", "parts_used_days", "rework_minimum_days"), 0
)


def _rates(*names: str) -> tuple[str, ...]:
    return tuple(f"rates.{name}" for name in names)


def tree_of(path: str, value: Any = "") -> Tree:
    """A tree with `value` at this path."""
    first, _, rest = path.partition(".")
    return {first: tree_of(rest, value) if rest else value}


FIELDS: tuple[Field, ...] = (
    Field(1, "provider_entity", "Provider", "parties", ("entities.provider",), _entity("provider")),
    Field(2, "client_entity", "Client", "parties", ("entities.client",), _entity("client")),
    Field(3, "effective_date", "Effective date", "parties"),
    Field(
        4,
        "term",
        "Term and termination",
        "parties",
        ("duration",),
        (("duration.term", "for how long it holds"), ("duration.termination", "how it ends")),
        {"duration": {"term": "", "termination": ""}},
    ),
    Field(5, "domains", "Domains in scope", "scope", ("scope.domains",)),
    Field(
        *(6, "exclusions", "Exclusions", "scope", ("scope.exclusions",)),
        neutral=tree_of("scope.exclusions", []),
        judge=_some("scope.exclusions", "what is excluded"),
    ),
    Field(
        *(7, "no_ongoing_services", "No ongoing services", "scope", ("scope.no_ongoing_services",)),
        texts=(("scope.no_ongoing_services", "the statement"),),
    ),
    Field(
        *(8, "triggers", "Trigger and qualification", "scope", ("triage.rule",)),
        texts=(("triage.rule", "when a failure is a case"),),
        neutral=tree_of("triage.rule"),
    ),
    Field(
        *(9, "channels", "Intake channels", "scope", ("triage.channels",)),
        neutral=tree_of("triage.channels", []),
        judge=_some("triage.channels", "by which ways a failure may be reported"),
    ),
    Field(10, "matrix", "Priority matrix", "priority", ("triage.matrix",)),
    Field(
        *(11, "questionnaire", "Questionnaire", "priority", ("triage.questionnaire",)),
        texts=(("triage.questionnaire", "which answers decide"),),
        neutral=tree_of("triage.questionnaire"),
    ),
    Field(12, "commitments", "Commitments", "promises", ("commitments",)),
    Field(13, "coverage", "Coverage", "promises", tuple(f"commitments.{name}.coverage" for name in _PRIORITIES)),
    Field(14, "calendar", "Calendar and holidays", "promises", ("calendar",)),
    Field(
        *(15, "zone_rule", "Time zone rule", "promises", ("wording.zone_rule",)),
        texts=(("wording.zone_rule", "whose wall clock counts"),),
    ),
    Field(16, "pauses", "Pause rules", "promises", ("pauses",), neutral=_RUNNING),
    Field(17, "credits", "Service credits and caps", "credits", ("credits",), neutral=_NO_CREDITS),
    Field(
        18,
        "labour_rates",
        "Labour levels and rates",
        "rates",
        _rates("levels", "band_low", "band_high"),
    ),
    Field(
        *(19, "tiers", "After-hours tiers", "rates", _rates("tiers")),
        neutral={"rates": {"tiers": {"after_hours": "1", "sunday": "1"}}},
    ),
    Field(
        *(20, "minimums", "Minimums and increments", "rates"),
        _rates("increment_hours", "minimum_onsite", "minimum_remote", "minimum_remote_after_hours"),
    ),
    Field(
        *(
            21,
            "travel",
            "Travel",
            "rates",
            _rates("trip", "trip_included_miles", "per_mile"),
        ),
        neutral={"rates": {"trip": "0", "per_mile": "0"}},
    ),
    Field(
        *(22, "emergency_charges", "Emergency charges", "rates", _rates("emergency_dispatch")),
        neutral={"rates": {"emergency_dispatch": dict.fromkeys(_PRIORITIES, "0")}},
    ),
    Field(
        *(23, "forensic_fees", "Forensic fees", "forensic"),
        ("forensic.fees", "forensic.after_hours_multiplier", "forensic.preauthorised"),
    ),
    Field(
        *(
            24,
            "forensic_credit",
            "Forensic credit",
            "forensic",
            ("forensic.credit_pct", "forensic.credit_pct_by_domain"),
        ),
        neutral={"forensic": {"credit_pct": "0", "credit_pct_by_domain": {one.value: "0" for one in Domain}}},
    ),
    Field(
        *(25, "parts", "Parts: markup and freight", "parts", ("parts", "units", "wording.freight")),
        texts=(("wording.freight", "how freight is charged"),),
        neutral={
            "wording": {"freight": ""},
            "parts": {"bands": [{"up_to": None, "percent": "0"}], "cap_per_unit": "0", "fx_uplift": "1"},
        },
    ),
    Field(
        *(26, "pricing", "Pricing and the binding maximum", "parts", ("quotes", "recovery", "wording.pricing")),
        texts=(("wording.pricing", "how repairs are priced"),),
    ),
    Field(
        *(27, "change_orders", "Change orders", "parts", ("quotes.change_order_factor", "wording.change_orders")),
        texts=(("wording.change_orders", "how the maximum is raised"),),
    ),
    Field(28, "approvals", "Approval policy and emergency ceiling", "approvals", ("approvals",)),
    Field(
        *(29, "communication", "Communication and contacts", "people"),
        ("communication.protocol", "communication.contacts"),
        (("communication.protocol", "how the two speak with each other"),),
        {"communication": {"protocol": "", "contacts": []}},
        _both_sides("communication.contacts", "a contact"),
    ),
    Field(
        *(
            30,
            "escalation",
            "Escalation ladder of both sides",
            "people",
            ("communication.ladder", "communication.answer_minutes"),
        ),
        neutral={"communication": {"ladder": [], "answer_minutes": dict(ANSWER_MINUTES)}},
        judge=_ladder,
    ),
    Field(
        *(31, "change_protocol", "Change protocol", "conduct", ("wording.change_protocol",)),
        texts=(("wording.change_protocol", "how changes are made"),),
        neutral=tree_of("wording.change_protocol"),
    ),
    Field(32, "protocol", "Security, access and media", "conduct", ("protocol", "dispatch")),
    Field(
        *(33, "confidentiality", "Confidentiality and data protection", "conduct", ("wording.confidentiality",)),
        texts=(("wording.confidentiality", "what is kept secret, and how"),),
        neutral=tree_of("wording.confidentiality"),
    ),
    Field(
        *(34, "subcontractors", "Subcontractors", "conduct", ("wording.subcontractors",)),
        texts=(("wording.subcontractors", "who else may be sent"),),
        neutral=tree_of("wording.subcontractors"),
    ),
    Field(35, "guarantee", "Guarantee", "cover", ("guarantee",), neutral={"guarantee": _NO_GUARANTEE}),
    Field(36, "liability", "Liability and insurance", "cover", ("liability", "insurance")),
    Field(37, "invoicing", "Invoices, deposit, tax and late fee", "money", ("payment", "tax"), judge=_jurisdiction),
    Field(
        *(38, "records", "Records, exit, disputes and law", "closing"),
        ("wording.records", "wording.disputes", "wording.law"),
        (
            ("wording.records", "who owns the records, and how they leave"),
            ("wording.disputes", "how disputes are settled"),
            ("wording.law", "whose law governs"),
        ),
        {"wording": {"records": "", "disputes": "", "law": ""}},
    ),
)
BY_KEY = {field.key: field for field in FIELDS}
KEYS = frozenset(BY_KEY)
# Whose words only the two themselves can know: a template fills them in, and somebody has to say that they hold.
OWN = frozenset({"provider_entity", "client_entity", "term", "communication", "escalation", "invoicing", "records"})
UNSAID = "nobody has said yet that this holds as it stands"


def answers(terms: Tree) -> list[Answer]:
    """Every field with its answer, in their order; `terms` as stored, every default written out."""
    said = terms.get("statements") or {}
    return [_answer(one, terms, said) for one in FIELDS]


def _answer(field: Field, terms: Tree, said: Tree) -> Answer:
    if reason := reason_of(field, said):
        return Answer(field, "not_applicable", because=reason)
    lacking = [words for path, words in field.texts if not str(at_path(terms, path) or "").strip()]
    lacking += list(field.judge(terms)) if field.judge else []
    if not lacking and not (said.get("agreed") or {}).get(field.key):
        lacking = [UNSAID]
    return Answer(field, "missing" if lacking else "agreed", lacking=tuple(lacking))


def reason_of(field: Field, said: Tree) -> str:
    """Why it does not apply; empty where it does."""
    return str((said.get("not_applicable") or {}).get(field.key) or "").strip()


def named_in(given: Tree) -> set[str]:
    """The fields whose values somebody gives here: naming a value is saying that it holds."""
    return {field.key for field in FIELDS if any(at_path(given, path) not in (None, {}) for path in field.paths)}


def stated(before: Tree, given: Tree, *, dated: bool = False) -> Tree:
    """The statements after a deed gave these terms: what it gives is agreed, what it calls not applicable is not.

    A reason that is empty takes an earlier one back. With `dated` the effective date was given.
    """
    said = given.get("statements") or {}
    reasons = {key: str(words).strip() for key, words in (said.get("not_applicable") or {}).items()}
    named = named_in(given) | {key for key, holds in (said.get("agreed") or {}).items() if holds}
    named |= {"effective_date"} if dated else set()
    unsaid = {key for key, holds in (said.get("agreed") or {}).items() if not holds}
    away = {**(before.get("not_applicable") or {}), **reasons}
    away = {key: words for key, words in away.items() if words and (reasons.get(key) or key not in named)}
    agreed = ({key for key, holds in (before.get("agreed") or {}).items() if holds} | named) - unsaid - set(away)
    return {"agreed": dict.fromkeys(sorted(agreed), True), "not_applicable": dict(sorted(away.items()))}
