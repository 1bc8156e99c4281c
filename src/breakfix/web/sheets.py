"""Figures to take away: the rows of a table as CSV that a spreadsheet opens and runs nothing in."""

import csv
import io
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

# What a spreadsheet would take for a formula at the start of a cell (OWASP, CSV injection).
RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def cell(value: object) -> str:
    """One cell as text; what would run as a formula is made plain text by an apostrophe, numbers stay numbers."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(RUNS) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdecimal() and text.isascii()


def as_csv(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """The table as a download; UTF-8 with its mark, because spreadsheets guess otherwise."""
    written = io.StringIO()
    sheet = csv.writer(written)
    sheet.writerow(head)
    sheet.writerows([cell(value) for value in row] for row in rows)
    response = HttpResponse(f"\ufeff{written.getvalue()}", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
