"""After-images: a changed row as plain JSON, its personal fields apart so that erasure breaks no proof."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from breakfix.kernel.ledger.canonical import canonical, plain
from breakfix.kernel.models import Row


@dataclass(frozen=True)
class Image:
    """`public` goes into the log entry; `salt` and `content` into the erasable part ("" when nothing is personal)."""

    public: dict[str, Any]
    salt: str = ""
    content: str = ""


def fields_of(row: Row) -> tuple[dict[str, Any], dict[str, Any]]:
    """The row's stored values as plain JSON: (public, personal). Secrets are in neither."""
    public: dict[str, Any] = {}
    personal: dict[str, Any] = {}
    for column in row._meta.concrete_fields:
        if column.name in row.SECRET:
            continue
        value = plain(column.value_from_object(row))
        (personal if column.name in row.PERSONAL else public)[column.attname] = value
    return public, personal


def version_of(row: Row) -> str:
    """The version of a row: changes with any of its fields. An editor says which one they have read."""
    public, personal = fields_of(row)
    return hashlib.sha256(canonical({**public, **personal})).hexdigest()[:20]


def image_of(row: Row) -> Image:
    """The after-image of one row as it stands now."""
    public, personal = fields_of(row)
    body: dict[str, Any] = {"row": row.key, "fields": public}
    if not personal:
        return Image(body)
    salt, content = secrets.token_bytes(32), canonical(personal)
    body["personal"] = hashlib.sha256(salt + content).hexdigest()
    return Image(body, salt.hex(), content.decode())
