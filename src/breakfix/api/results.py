"""What a deed answers with: a small picture of what it wrote, and where to read more."""

from typing import Any

from ninja import Field, Schema

ROOT = "/api/v1"
# Kinds of records that have an address of their own to be read at.
HOMES: dict[str, str] = {
    "organisation": "/organisations",
    "site": "/sites",
    "person": "/people",
    "technician": "/technicians",
    "agreement": "/agreements",
    "agreementversion": "/agreement-versions",
    "asset": "/assets",
    "engagement": "/engagements",
    "alert": "/alerts",
    "maildraft": "/mail-drafts",
    "mail": "/mails",
    "vendorcase": "/vendor-cases",
    "round": "/rounds",
    "finding": "/findings",
    "booking": "/bookings",
    "rootcause": "/root-causes",
    "partorder": "/part-orders",
    "cataloguepart": "/catalogue-parts",
    "quote": "/quotes",
    "change": "/changes",
    "workorder": "/work-orders",
    "servicereport": "/reports",
    "invoice": "/invoices",
}


class Result(Schema):
    """The record that a deed made or changed."""

    kind: str = Field(examples=["quote"])
    id: int | None = Field(None, examples=[12])
    number: str | None = Field(None, description="The number that people say.", examples=["Q-2026-0001"])
    status: str | None = Field(None, examples=["APPROVED"])
    version: int | None = Field(None, description="Of a record with versions, which one this is.")
    sha256: str | None = Field(None, description="Of a document: what `shown_sha256` has to be to decide on it.")
    links: dict[str, str] = Field(default_factory=dict, examples=[{"engagement": "/api/v1/engagements/3"}])


class Results(Schema):
    """The records that a deed made or changed, where there may be several."""

    items: list[Result]


def home(kind: str, record_id: int) -> str | None:
    """The address at which this record is read, if there is one."""
    path = HOMES.get(kind)
    return f"{ROOT}{path}/{record_id}" if path else None


def picture(row: Any) -> dict[str, Any]:
    """One record as the answer shows it."""
    kind = row._meta.model_name
    links = {"self": home(kind, row.pk)}
    for name in ("engagement", "quote", "asset", "agreement", "change", "case"):
        other = getattr(row, f"{name}_id", None)
        if other is not None:
            links[name] = home("vendorcase" if name == "case" else name, other)
    found = {
        "kind": kind,
        "id": row.pk,
        "number": None if getattr(row, "number", None) is None else str(row.number),
        "status": getattr(row, "status", None),
        "version": getattr(row, "version", None),
        "sha256": getattr(row, "sha256", None) or None,
    }
    plain = {name: value for name, value in found.items() if isinstance(value, str | int)}
    return {**plain, "links": {name: path for name, path in links.items() if path}}


def shown(result: Any) -> dict[str, Any]:
    """What a deed returned: one record, several, or none."""
    if isinstance(result, list):
        return {"items": [picture(row) for row in result]}
    return picture(result)
