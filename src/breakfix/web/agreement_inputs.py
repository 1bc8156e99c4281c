"""How a value of the terms is asked for: the kinds of inputs, and those that stand in rows and columns."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from breakfix.agreements.clauses.promises import CLOCKS
from breakfix.agreements.clauses.promises import HOLDS as PAUSES
from breakfix.agreements.clauses.wording import SHARES, asked_of
from breakfix.agreements.values import Coverage, PauseEffect, Priority, TaxCategory
from breakfix.web.looks import CLOCK_WORDS
from breakfix.web.questions import DOMAINS

Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Input:
    """One value of the terms and how it is asked for.

    `kind`: line, text, number, money, flag, pick, ticks (several of `choices`), lines (a list, one entry a line) or
    rows (a list of rows with `columns`, of which `spare` stand empty).
    """

    path: str
    label: str
    kind: str = "number"
    unit: str = ""
    help: str = ""
    choices: Choices = ()
    columns: tuple["Input", ...] = ()
    spare: int = 2


@dataclass(frozen=True)
class Grid:
    """Inputs in rows under a head: what is compared is typed side by side."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Input, ...]], ...]


@dataclass(frozen=True)
class Asked:
    """What is asked for one of the 38 fields."""

    key: str
    parts: tuple[Input | Grid, ...] = field(default_factory=tuple)


def line(path: str, label: str, help: str = "") -> Input:
    return Input(path, label, "line", help=help)


def text(path: str, label: str, help: str = "") -> Input:
    return Input(path, label, "text", help=help)


def number(path: str, label: str, unit: str = "", help: str = "") -> Input:
    return Input(path, label, "number", unit, help)


def money(path: str, label: str, help: str = "") -> Input:
    return Input(path, label, "money", help=help)


def pick(path: str, label: str, choices: Iterable[tuple[str, str]]) -> Input:
    return Input(path, label, "pick", choices=tuple(choices))


PRIORITIES = tuple(one.value for one in Priority)
LEVELS = ("high", "medium", "low")
SIDES: Choices = (("provider", "Provider"), ("client", "Client"))
SHARE_CHOICES: Choices = (("", "-"), *((str(one), f"{one} %") for one in SHARES))
ROLE_CHOICES: Choices = (
    ("", "-"),
    *((one.value, f"{one.value.replace('_', ' ').capitalize()} (provider)") for one in sorted(asked_of("provider"))),
    *((one.value, f"{one.value.replace('_', ' ').capitalize()} (client)") for one in sorted(asked_of("client"))),
)
COVERAGES: Choices = ((Coverage.ALWAYS.value, "24x7"), (Coverage.BUSINESS.value, "Business hours"))
EFFECTS: Choices = (
    (PauseEffect.RUN.value, "runs"),
    (PauseEffect.PAUSE.value, "stops"),
    (PauseEffect.PAUSE_AFTER_ACK.value, "stops after ack."),
    (PauseEffect.PAUSE_FROM_EVIDENCE.value, "stops from evidence"),
)
WEEK: Choices = tuple((day, day.title()) for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
CHANNELS: Choices = (
    ("portal", "Portal"),
    ("phone", "Telephone"),
    ("email", "E-mail"),
    ("monitoring", "Monitoring"),
    ("api", "API and import"),
)
DOMAIN_CHOICES: Choices = tuple((domain.value, words) for domain, words in DOMAINS)
TARGETS = (
    ("ack", "Acknowledge"),
    ("engage", "Engineer"),
    ("onsite", "On site"),
    ("quote", "Quote"),
    ("update", "Update every"),
    ("restore", "Restore (objective)"),
)
TAXED = {one.value: one.value.replace("_", " ").capitalize() for one in TaxCategory}


def _hold_words(reason: str) -> str:
    return reason.replace("_", " ").capitalize()


def entity(side: str) -> tuple[Input, ...]:
    at = f"entities.{side}"
    return (
        line(f"{at}.name", "Legal name"),
        text(f"{at}.address", "Registered address"),
        line(f"{at}.registration", "Registration or tax number"),
    )


def by_priority(at: str, columns: Iterable[tuple[str, str]], kind: str = "line") -> Grid:
    columns = tuple(columns)
    return Grid(
        tuple(words for _, words in columns),
        tuple(
            (name, tuple(Input(f"{at}.{name}.{key}", f"{name}: {words}", kind) for key, words in columns))
            for name in PRIORITIES
        ),
    )


def per_priority(at: str, words: str, kind: str = "money") -> Grid:
    """One row with a value for each priority."""
    return Grid(PRIORITIES, ((words, tuple(Input(f"{at}.{name}", f"{words} {name}", kind) for name in PRIORITIES)),))


MATRIX_GRID = Grid(
    ("High urgency", "Medium urgency", "Low urgency"),
    tuple(
        (
            f"{impact.title()} impact",
            tuple(
                pick(
                    f"triage.matrix.{impact}.{urgency}",
                    f"Impact {impact}, urgency {urgency}",
                    zip(PRIORITIES, PRIORITIES, strict=True),
                )
                for urgency in LEVELS
            ),
        )
        for impact in LEVELS
    ),
)
PAUSE_GRID = Grid(
    tuple(CLOCK_WORDS.get(clock, clock.title()) for clock in CLOCKS),
    tuple(
        (
            _hold_words(reason),
            tuple(
                pick(f"pauses.holds.{reason}.{clock}", f"{_hold_words(reason)}: {clock}", EFFECTS) for clock in CLOCKS
            ),
        )
        for reason in PAUSES
        if reason != "PROVIDER_INTERNAL"
    ),
)
FEE_GRID = Grid(
    ("Flat fee", "Hours included"),
    tuple(
        (
            words,
            (
                money(f"forensic.fees.{key}.fee", f"{words}: fee"),
                number(f"forensic.fees.{key}.included_hours", f"{words}: hours"),
            ),
        )
        for key, words in DOMAIN_CHOICES
    ),
)
COVER_GRID = Grid(
    ("Per claim", "Aggregate"),
    tuple(
        (words, tuple(money(f"insurance.{key}.{part}", f"{words}: {part}") for part in ("per_claim", "aggregate")))
        for key, words in (
            ("general_liability", "General liability"),
            ("professional", "Professional"),
            ("cyber", "Cyber"),
        )
    ),
)


def bands(path: str, label: str, limit: str, last: Input) -> Input:
    upper = Input("up_to", limit, "money", help="Empty: no limit.")
    return Input(path, label, "rows", help="Rising; the last has no limit.", columns=(upper, last))


PERCENT = number("percent", "Percent", "%")
