"""Frozen plain content in, PDF bytes out. No network, no file access beyond the vendored fonts and template."""

import json
from bisect import bisect_right
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst

from breakfix.documents.compose import compose
from breakfix.documents.sheet import Sheet

_HERE = Path(__file__).parent


@lru_cache(maxsize=1)
def _coverage() -> tuple[list[int], list[int]]:
    ranges = json.loads((_HERE / "fonts" / "coverage.json").read_text(encoding="utf-8"))
    return [first for first, _ in ranges], [last for _, last in ranges]


def printable(text: str) -> str:
    """The text with every character that no vendored font has shown as its code point, such as [U+4E2D]."""
    firsts, lasts = _coverage()

    def shown(char: str) -> str:
        code = ord(char)
        if char == "\n":
            return char
        place = bisect_right(firsts, code) - 1
        return char if place >= 0 and code <= lasts[place] and char.isprintable() else f"[U+{code:04X}]"

    return "".join(map(shown, text))


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {key: _printable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_printable(item) for item in value]
    return value


def pdf_of(sheet: Sheet) -> bytes:
    """The sheet as a tagged PDF/A-3a (requested of the renderer, not validated by a third party)."""
    content = json.dumps(_printable(asdict(sheet)), ensure_ascii=False)
    return bytes(
        typst.compile(
            str(_HERE / "sheet.typ"),
            root=str(_HERE),
            font_paths=[str(_HERE / "fonts")],
            ignore_system_fonts=True,
            sys_inputs={"sheet": content},
            pdf_standards=["a-3a"],
        )
    )


def render(kind: str, content: dict[str, Any], sha256: str, beside: dict[str, Any] | None = None) -> bytes:
    """The PDF of one issued document from its frozen content; `sha256` is printed on every page.

    `beside` is what is known when it is printed and not part of what was signed.
    """
    return pdf_of(compose(kind, content, sha256, beside))
