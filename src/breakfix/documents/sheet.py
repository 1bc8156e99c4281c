"""A document as frozen blocks: one shape for the PDF and for the page on screen, so that they cannot differ."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Text:
    """One paragraph."""

    text: str
    kind: str = "text"


@dataclass(frozen=True)
class Facts:
    """Label and value, one under the other."""

    rows: tuple[tuple[str, str], ...]
    kind: str = "facts"


@dataclass(frozen=True)
class Table:
    """A table; `figures` are the columns that hold figures (right-aligned); the last `foot` rows are totals.

    `widths` are the shares of the text columns, as wide as their content where 0; without it the first is widest.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    figures: tuple[int, ...] = ()
    foot: int = 0
    widths: tuple[float, ...] = ()
    kind: str = "table"


@dataclass(frozen=True)
class Bullets:
    """A plain list."""

    items: tuple[str, ...]
    kind: str = "bullets"


@dataclass(frozen=True)
class Highlight:
    """The few figures that decide, large: label, value, and what it means."""

    figures: tuple[tuple[str, str, str], ...]
    kind: str = "highlight"


@dataclass(frozen=True)
class Notice:
    """Something that must not be overlooked."""

    text: str
    kind: str = "notice"


Block = Text | Facts | Table | Bullets | Highlight | Notice


@dataclass(frozen=True)
class Section:
    """A headed part of a document."""

    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Sheet:
    """A whole document of one civil day (`date`, ISO). `sha256` is the hash of the canonical JSON that it prints.

    `annex` follows the signatures: what is looked up rather than read.
    """

    title: str
    number: str
    version: str
    issuer: str
    recipient: str
    date: str
    sha256: str
    intro: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()
    signatures: tuple[tuple[str, str, str], ...] = field(default_factory=tuple)
    annex: tuple[Section, ...] = ()
    language: str = "en"
