"""What an agreement says in words: who the parties are, how a case begins, who is reached, and what the law asks for.

Nothing here is priced or timed, except the matrix: every text is the parties' own (domain.md §6.1, R11).
"""

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from breakfix.agreements.clauses.base import Block, Priority
from breakfix.agreements.clauses.fields import ANSWER_MINUTES, KEYS
from breakfix.kernel.access import CLIENT_ROLES, PROVIDER_ROLES, ROLES_FOR, Deed, Role

Line = Annotated[str, Field(max_length=200)]
Text = Annotated[str, Field(max_length=8000)]
Minutes = Annotated[int, Field(ge=1, le=2880)]
PLACE = 60  # characters of what a place on the ladder is called in the log
SHARES = (50, 75, 90, 100)  # percent of a promise at which the software warns (domain.md §3.9)
Party = Annotated[str, Field(pattern="^(provider|client)$")]


class Channel(StrEnum):
    """By which ways a failure may be reported."""

    PORTAL = "portal"
    PHONE = "phone"
    EMAIL = "email"
    MONITORING = "monitoring"
    API = "api"


class LegalEntity(Block):
    """Who is bound: the name in the register, where letters reach them, and the number they are registered under."""

    name: Line = ""
    address: Annotated[str, Field(max_length=500)] = ""
    registration: Line = ""


class Entities(Block):
    provider: LegalEntity = LegalEntity()
    client: LegalEntity = LegalEntity()


class Duration(Block):
    """From when it holds stands beside the terms; here is for how long, and how it ends."""

    term: Text = ""
    termination: Text = ""


class MatrixRow(Block):
    """The priorities of one impact, by urgency."""

    high: Priority
    medium: Priority
    low: Priority


class Matrix(Block):
    """Impact by urgency; the defaults are those of domain.md §4.1. Floors may raise what it says, never lower it."""

    high: MatrixRow = MatrixRow(high=Priority.P1, medium=Priority.P2, low=Priority.P3)
    medium: MatrixRow = MatrixRow(high=Priority.P2, medium=Priority.P3, low=Priority.P4)
    low: MatrixRow = MatrixRow(high=Priority.P3, medium=Priority.P4, low=Priority.P4)

    @model_validator(mode="after")
    def _falling(self) -> Self:
        rows = [
            [getattr(row, level) for level in ("high", "medium", "low")] for row in (self.high, self.medium, self.low)
        ]
        columns = [list(column) for column in zip(*rows, strict=True)]
        if any(line != sorted(line) for line in rows + columns):
            raise ValueError("less impact or less urgency never gives a higher priority")
        return self

    def of(self, impact: str, urgency: str) -> Priority:
        """The priority of one cell; "high", "medium" or "low" for each."""
        found: Priority = getattr(getattr(self, str(impact).lower()), str(urgency).lower())
        return found


class Triage(Block):
    """When a failure is a case under this agreement, how it may be reported, and how its priority follows."""

    rule: Text = ""
    channels: tuple[Channel, ...] = ()
    matrix: Matrix = Matrix()
    questionnaire: Text = (
        "The priority follows from seven answers: what the failure does to revenue, how many people it stops, "
        "whether records are at risk, whether a dated obligation is in danger, when harm begins, whether there is a "
        "workaround, and whether it is getting worse. An answer that nobody can give counts as the worst one."
    )

    def takes(self, channel: Channel) -> bool:
        """Whether failures come in by this way; where the agreement names none, by every one."""
        return not self.channels or channel in self.channels


class Contact(Block):
    """Somebody to be reached, for what, and how."""

    side: Party
    name: Annotated[str, Field(min_length=1, max_length=200)]
    purpose: Line = ""
    reach: Line = ""


class Rung(Block):
    """Who of which side is asked once a share of a promise is used, by a role that the software asks for by itself.

    Without `percent` and `role` it says what people do among themselves, after so many minutes without progress.
    """

    side: Party
    after_minutes: Annotated[int, Field(ge=0, le=100_000)] | None = None
    who: Annotated[str, Field(min_length=1, max_length=200)]
    how: Line = ""
    percent: int | None = None
    role: Role | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.percent not in (None, *SHARES):
            raise ValueError(f"a promise is looked at when {', '.join(map(str, SHARES))} % of it are used")
        if self.percent is None and self.after_minutes is None:
            raise ValueError("say at which share of a promise, or after how many minutes")
        if (self.percent is None) != (self.role is None):
            raise ValueError("a share of a promise and the role that is asked belong together")
        if self.role is not None and len(self.who) > PLACE:
            raise ValueError(f"shorten what this place is called to {PLACE} characters")
        if self.role is not None and self.role not in asked_of(self.side):
            raise ValueError(f"the {self.side}'s ladder asks one of {', '.join(sorted(asked_of(self.side)))}")
        return self

    @model_serializer(mode="wrap")
    def _said(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """What was not said is left out, so that a rung from before these fields reads as it was signed."""
        return {name: value for name, value in dump(self).items() if value is not None}


def asked_of(side: str) -> frozenset[Role]:
    """The roles of one side that can take a step of the ladder on."""
    return ROLES_FOR[Deed.ACKNOWLEDGE_ESCALATION] & (CLIENT_ROLES if side == "client" else PROVIDER_ROLES)


class AnswerMinutes(Block):
    """For how long an answer is waited for before the next rung is asked: on the wall for P1 and P2 only."""

    P1: Minutes = ANSWER_MINUTES["P1"]
    P2: Minutes = ANSWER_MINUTES["P2"]
    P3: Minutes = ANSWER_MINUTES["P3"]
    P4: Minutes = ANSWER_MINUTES["P4"]


class Communication(Block):
    """How the two speak with each other, and to whom a case rises on either side."""

    protocol: Text = ""
    contacts: Annotated[tuple[Contact, ...], Field(max_length=60)] = ()
    ladder: Annotated[tuple[Rung, ...], Field(max_length=60)] = ()
    answer_minutes: AnswerMinutes = AnswerMinutes()

    @model_validator(mode="after")
    def _once(self) -> Self:
        places = [(one.side, one.percent, one.role) for one in self.ladder if one.percent is not None]
        if len(set(places)) < len(places):
            raise ValueError("the ladder asks one role of one side once at each share")
        return self


class Wording(Block):
    """The clauses that are text, each under the field that it belongs to."""

    zone_rule: Text = (
        "Business hours, holidays and billing tiers are measured on the wall clock of the site of the failure."
    )
    pricing: Text = (
        "Repairs are quoted with a price and a binding maximum: the client pays the work done at the quoted rates, "
        "never more than the maximum. Work that a quote marks as a fixed price costs that price, whatever it takes."
    )
    freight: Text = "Freight is charged as it is quoted, at what the carrier or supplier charges, without a markup."
    change_orders: Text = (
        "Nothing beyond the maximum is done or billed without a change order that the client has approved."
    )
    change_protocol: Text = ""
    confidentiality: Text = ""
    subcontractors: Text = ""
    records: Text = ""
    disputes: Text = ""
    law: Text = ""


class Statements(Block):
    """What the parties said about each of the 38 fields: taken over as it stands, or not applicable and why."""

    agreed: dict[str, bool] = {}
    not_applicable: dict[str, Annotated[str, Field(max_length=1000)]] = {}

    @model_validator(mode="after")
    def _known(self) -> Self:
        if unknown := sorted({*self.agreed, *self.not_applicable} - KEYS):
            raise ValueError(f"an agreement has no field {unknown[0][:80]!r}")
        return self
