"""Files in a story: written as `{file: name.txt, text: ...}`; pictures and PDFs are made, small and real."""

import struct
import zlib
from typing import Any

from breakfix.documents.render import pdf_of
from breakfix.documents.sheet import Section, Sheet, Text
from breakfix.kernel import clock
from breakfix.kernel.files import Upload


def uploads_in(value: Any) -> Any:
    """The same arguments with every `{file: ...}` turned into an upload."""
    if isinstance(value, dict):
        if "file" in value and set(value) <= {"file", "text"}:
            return upload(str(value["file"]), str(value.get("text") or value["file"]))
        return {name: uploads_in(item) for name, item in value.items()}
    if isinstance(value, list):
        return [uploads_in(item) for item in value]
    return value


def upload(name: str, text: str) -> Upload:
    """A file of the kind its name says, whose content depends on `text`."""
    ending = name.rpartition(".")[2].lower()
    if ending == "png":
        return Upload(name, picture(text))
    if ending == "pdf":
        return Upload(name, paper(text))
    return Upload(name, text.encode())


def picture(text: str, side: int = 64) -> bytes:
    """A small PNG whose pattern is made from the text: stands for a photograph."""
    seed = zlib.crc32(text.encode())
    rows = b"".join(
        b"\x00" + bytes((seed >> (8 * (c % 4)) ^ (x * y * (c + 3))) & 255 for x in range(side) for c in range(3))
        for y in range(side)
    )

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def paper(text: str) -> bytes:
    """A one-page PDF with the text: stands for a supplier's offer."""
    lines = Section("Offer", (Text(text),))
    today = clock.now().date().isoformat()
    return pdf_of(Sheet("Supplier offer", "as received", "copy", "Supplier", "Buyer", today, "", sections=(lines,)))
