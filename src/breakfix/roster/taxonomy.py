"""The service domains as files: one per domain in `domains/`, and beside them whatever an operator adds (0023).

Read once, when the process starts. A file that cannot be understood stops it, naming the file and the field: a domain
that is half understood would be priced and staffed wrongly.
"""

import os
import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

# The folder of the operator: files for new domains (`X-...`), additions to shipped ones, and `protocols/`.
VARIABLE = "BREAKFIX_DOMAINS"
OWN = "X-"  # what an operator adds begins so: no later release ships a domain of the same name
LARGEST_FILE = 200_000  # bytes
LONGEST_ANSWER = 1000  # characters of one answer; a log belongs into a file

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
QuestionId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]  # a form's names are cut at dashes
Code = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*$", max_length=20)]
Words = Annotated[str, Field(min_length=1, max_length=200)]
Sentences = Annotated[str, Field(min_length=1, max_length=600)]
Certificates = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=40)], ...], Field(min_length=1)]


class DomainFileError(ValueError):
    """A file that cannot be understood; the message names it and the field."""


class RiskKind(StrEnum):
    """The rows of a risk assessment (domain.md §4.12)."""

    DATA_LOSS = "data_loss"
    SECONDARY_FAILURE = "secondary_failure"
    EXTENDED_OUTAGE = "extended_outage"
    SECURITY_EXPOSURE = "security_exposure"
    ROLLBACK_IMPOSSIBLE = "rollback_impossible"


class AnswerKind(StrEnum):
    """How a question is answered."""

    WORDS = "words"
    CHOICE = "choice"
    NUMBER = "number"
    YES_NO = "yes_no"


class RequiredAt(StrEnum):
    """When an answer has to be there. At the report "not known yet" is one: no alarm waits for an answer."""

    NEVER = "never"
    REPORT = "report"


class Work(StrEnum):
    """What its hours are, for the tax."""

    HARDWARE = "hardware"
    PROFESSIONAL = "professional"
    DATA_RECOVERY = "data_recovery"


class Block(BaseModel):
    """A frozen part of a file; a word it does not know is refused by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Question(Block):
    """One question to whoever reports: what a specialist would ask first."""

    id: QuestionId
    words: Words
    kind: AnswerKind = AnswerKind.WORDS
    choices: tuple[Words, ...] = ()
    unit: Annotated[str, Field(max_length=20)] = ""
    help: Annotated[str, Field(max_length=200)] = ""
    required_at: RequiredAt = RequiredAt.NEVER

    @model_validator(mode="after")
    def _choices(self) -> Self:
        if (self.kind is AnswerKind.CHOICE) is not (len(self.choices) >= 2):
            raise ValueError("choices: two or more belong to a question of kind choice, and to no other")
        if len(set(self.choices)) != len(self.choices):
            raise ValueError("choices: each is named once")
        return self


class Group(Block):
    """One certificate of the group is enough, for work of `from_level` and above."""

    from_level: Annotated[int, Field(ge=1, le=4)]
    any_of: Certificates


class Forensic(Block):
    """The flat fee that agreements start from; `credit_pct` where it differs from the agreement's."""

    fee: Annotated[Decimal, Field(ge=0, le=1_000_000, decimal_places=2)]
    included_hours: Annotated[Decimal, Field(ge=0, le=1000, decimal_places=2)]
    credit_pct: Annotated[Decimal, Field(ge=0, le=100)] | None = None


class RiskRow(Block):
    """What usually goes wrong, told to whoever writes the offer; how likely it is, is theirs to judge."""

    kind: RiskKind
    severity: Annotated[int, Field(ge=1, le=5)]
    basis: Sentences
    mitigations: Annotated[str, Field(max_length=600)] = ""


class ReportField(Block):
    """One line of the domain's section, from what was captured: a reading, an answer, or a test after the repair."""

    id: Id
    words: Words
    check: Annotated[str, Field(max_length=40)] = ""
    answer: Annotated[str, Field(max_length=40)] = ""
    test: Annotated[str, Field(max_length=100)] = ""
    help: Annotated[str, Field(max_length=200)] = ""  # what the note of that test has to say
    required: bool = False

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if sum(bool(one) for one in (self.check, self.answer, self.test)) != 1:
            raise ValueError(
                "name one source: check (of the protocol), answer (of a question) or test (after the work)"
            )
        if self.help and not self.test:
            raise ValueError("help: belongs to a test; a reading and an answer have theirs where they are asked")
        return self


class Section(Block):
    """The domain's own section of the service report."""

    title: Words
    fields: Annotated[tuple[ReportField, ...], Field(min_length=1)]


class Description(Block):
    """Everything Breakfix knows of one domain."""

    code: Code
    order: Annotated[int, Field(ge=0, le=9999)]
    name: Words
    about: Sentences
    belongs: Annotated[tuple[Words, ...], Field(min_length=1)]
    protocol: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9-]{0,39}$")]
    work: Work
    level: Annotated[int, Field(ge=1, le=4)]
    certificates: tuple[Group, ...]
    forensic: Forensic
    questions: tuple[Question, ...]
    risks: tuple[RiskRow, ...]
    report: Section
    security_votes: bool = False  # the security officer decides on its emergency changes as well
    restricted: bool = False  # its engagements are need-to-know from the first minute
    insurer_notice_hours: Annotated[int, Field(ge=1, le=8760)] | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        _once("questions", [one.id for one in self.questions])
        _once("report.fields", [one.id for one in self.report.fields])
        asked = {one.id for one in self.questions}
        for field in self.report.fields:
            if field.answer and field.answer not in asked:
                raise ValueError(f"report.fields: {field.id} takes the answer to {field.answer}, which is not asked")
        return self

    @property
    def tests(self) -> dict[str, str]:
        """The tests without which nothing of this domain is called restored, each with what its note has to say."""
        return {one.test: one.help for one in self.report.fields if one.test and one.required}


class More(Block):
    """Report fields that an operator adds."""

    fields: Annotated[tuple[ReportField, ...], Field(min_length=1)]


class Addition(Block):
    """What an operator may add to a shipped domain: it takes nothing away and changes no figure."""

    code: Code
    questions: tuple[Question, ...] = ()
    risks: tuple[RiskRow, ...] = ()
    report: More | None = None

    def to(self, shipped: Description) -> Description:
        """The shipped domain with the additions behind its own."""
        fields = shipped.report.fields + (self.report.fields if self.report else ())
        whole = {name: getattr(shipped, name) for name in Description.model_fields}
        whole["questions"] = shipped.questions + self.questions
        whole["risks"] = shipped.risks + self.risks
        whole["report"] = Section(title=shipped.report.title, fields=fields)
        return Description(**whole)


def _once(where: str, ids: list[str]) -> None:
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise ValueError(f"{where}: {', '.join(twice)} is there twice")


# ---------------------------------------------------------------------------------------------- reading
Shape = TypeVar("Shape", Description, Addition)


def own_folder() -> Path | None:
    """The operator's folder, if the environment names one."""
    named = os.environ.get(VARIABLE, "").strip()
    return Path(named).expanduser().absolute() if named else None


@lru_cache(maxsize=1)
def domains() -> Mapping[str, Description]:
    """Every domain by its code, in the order of the files' `order`."""
    return read(own_folder())


def read(own: Path | None) -> dict[str, Description]:
    """The shipped domains with what the folder `own` adds to them."""
    shipped = resources.files("breakfix.roster") / "domains"
    files = sorted((one for one in shipped.iterdir() if one.name.endswith(".yaml")), key=lambda one: one.name)
    found = {one.code: one for one in (_parsed(file.name, file.read_bytes(), Description) for file in files)}
    ours = set(found)
    for path in _own_files(own):
        code = _code(path)
        if code in ours:
            addition = _parsed(str(path), _bytes(path), Addition)
            try:
                found[code] = addition.to(found[code])
            except ValidationError as wrong:
                raise DomainFileError(_told(str(path), wrong)) from None
        elif code.startswith(OWN):
            found[code] = _parsed(str(path), _bytes(path), Description)
        else:
            message = f"{path}: code: {code} is not shipped; a domain of your own begins with {OWN}, as X-PRINT."
            raise DomainFileError(message)
    return {one.code: one for one in sorted(found.values(), key=lambda one: (one.order, one.code))}


def _own_files(own: Path | None) -> list[Path]:
    if own is None:
        return []
    if not own.is_dir():
        raise DomainFileError(f"{own}: {VARIABLE} names a folder that is not there.")
    if other := next(iter(sorted(own.glob("*.yml"))), None):
        raise DomainFileError(f"{other}: is not read; a domain's file ends in .yaml.")
    return sorted(own.glob("*.yaml"))


def _code(path: Path) -> str:
    if not re.fullmatch(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)*", path.stem) or len(path.stem) > 20:
        message = "the file is named after its domain, at most 20 capitals, digits and dashes: X-PRINT.yaml."
        raise DomainFileError(f"{path}: {message}")
    return path.stem


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_FILE + 1)
    except OSError as wrong:
        raise DomainFileError(f"{path}: cannot be read: {wrong.strerror}.") from None


class Once(yaml.SafeLoader):
    """Plain YAML in which no key stands twice: the first would be lost without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if twice := next((one for n, one in enumerate(keys) if one in keys[:n]), None):
            raise yaml.constructor.ConstructorError(problem=f"{twice} is there twice", problem_mark=node.start_mark)
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        return found


def _parsed(name: str, content: bytes, shape: type[Shape]) -> Shape:
    if len(content) > LARGEST_FILE:
        raise DomainFileError(f"{name}: longer than {LARGEST_FILE:,} bytes.")
    try:
        table: Any = yaml.load(content, Once)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as wrong:
        raise DomainFileError(f"{name}: no YAML: {str(wrong)[:300]}") from None
    if not isinstance(table, dict):
        raise DomainFileError(f"{name}: write the domain as keys and values.")
    try:
        found = shape.model_validate(table)
    except ValidationError as wrong:
        raise DomainFileError(_told(name, wrong)) from None
    if found.code != Path(name).stem:
        raise DomainFileError(f"{name}: code: {found.code} is not the name of the file.")
    return found


def _told(name: str, wrong: ValidationError) -> str:
    first = wrong.errors(include_url=False)[0]
    where = ".".join(str(step) for step in first["loc"])
    words = first["msg"].removeprefix("Value error, ").rstrip(".")
    return f"{name}: {where + ': ' if where else ''}{words[:1].lower()}{words[1:]}."
