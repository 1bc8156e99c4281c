"""Somebody hands in what is not what it says, too much of it, or half of it (reliability.md §2 row 14)."""

import io
import stat
import struct
import zipfile
import zlib
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from breakfix.kernel import clock, files
from breakfix.kernel.errors import Refused
from breakfix.kernel.files import Upload
from breakfix.kernel.models import File
from tests import makers_quotes, people, snapshots
from tests.makers import World
from tests.refusals import refused

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
AT: datetime = makers_quotes.ISSUED
SCRIPT = b"<script>alert(1)</script>"


def picture(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


def archive(*entries: tuple[zipfile.ZipInfo | str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in entries:
            zipped.writestr(name, content)
    return packed.getvalue()


def link(name: str) -> zipfile.ZipInfo:
    found = zipfile.ZipInfo(name)
    found.create_system, found.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return found


HOSTILE: dict[str, tuple[str, bytes, str]] = {
    "a drawing with a script": ("a.svg", b"<svg onload='alert(1)'/>", "file_kind"),
    "a page": ("a.html", SCRIPT, "file_kind"),
    "a page called a picture": ("a.png", SCRIPT, "file_mislabelled"),
    "a page called a paper": ("a.pdf", b"<!-- %PDF- -->" + SCRIPT, "file_mislabelled"),
    "a program with two endings": ("a.pdf.exe", b"MZ", "file_kind"),
    "an ending behind a turned text": ("a\u202etxt.exe", b"MZ", "file_kind"),
    "an ending behind NUL": ("a.exe\x00.txt", b"MZ\x00", "file_mislabelled"),
    "nothing": ("a.txt", b"", "empty_file"),
    "a picture of 50,000 by 50,000": ("a.png", picture(50_000, 50_000), "picture_too_large"),
    "an archive that fills a disk": ("a.zip", archive(("a", b"0" * 60_000_000)), "archive_too_large"),
    "an archive of 6,000 files": ("a.zip", archive(*((f"{n}", b"") for n in range(6_000))), "archive_too_large"),
    "an archive that leads out": ("a.zip", archive(("../../a", b"x")), "archive_escapes"),
    "an archive that leads to the root": ("a.zip", archive(("/etc/a", b"x")), "archive_escapes"),
    "an archive that leads to a drive": ("a.zip", archive(("C:\\a", b"x")), "archive_escapes"),
    "an archive with a link": ("a.zip", archive((link("a"), b"/etc/passwd")), "archive_escapes"),
    "half an archive": ("a.zip", archive(("a", b"x" * 999))[:-30], "file_mislabelled"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_file_is_refused_with_its_reason(what: str) -> None:
    name, content, code = HOSTILE[what]
    with pytest.raises(Refused) as no:
        files.media_type_of(Upload(name, content))
    assert no.value.code == code


def test_honest_files_of_the_same_kinds_are_taken() -> None:
    logs = archive(("logs/sel.txt", b"line\n" * 5_000), ("logs/raid.txt", b"x"))
    assert files.media_type_of(Upload("logs.zip", logs)) == "application/zip"
    assert files.media_type_of(Upload("photo.png", picture(8_000, 6_000))) == "image/png"


# ------------------------------------------------------------------------------------------- through the door


def browser_of(who: str) -> Client:
    browser = Client(raise_request_exception=False)
    browser.force_login(people.person(who), BACKEND)
    return browser


def handed_in(world: World, quote: Any, name: str, content: bytes) -> Any:
    with clock.set_to(AT):
        path = reverse("attach_supplier_evidence", kwargs={"quote_id": quote.pk})
        return browser_of("quinn").post(path, {"line": "1", "evidence": SimpleUploadedFile(name, content)})


@pytest.fixture(name="quote")
def _quote(world: World) -> Any:
    return makers_quotes.reviewed(world)


@pytest.mark.parametrize(
    "name",
    ["../../../etc/cron.d/a.txt", "a" * 400 + ".txt", "invoice\u202egnp.txt", 'a".txt', "..", "%2e%2e%2fa.txt"],
)
def test_claimed_name_decides_nothing_about_the_place(name: str, world: World, tmp_path: Path, settings: Any) -> None:
    """Kept by its hash below the folder of files; the name shown is harmless, short and never a path."""
    kept = files.keep(Upload(name if "." in name[1:-1] else f"{name}.txt", SCRIPT), topic="engagement/1", at=AT)
    place = files.path_of(kept.sha256).resolve()
    assert place.is_relative_to(Path(settings.BREAKFIX_FILES).resolve())
    assert place.name == kept.sha256
    assert "/" not in kept.name
    assert "\u202e" not in kept.name
    assert len(kept.name) <= 120
    kept.delete()


def test_file_is_handed_out_as_a_download_that_runs_nothing(quote: Any) -> None:
    kept = File.objects.filter(name__startswith="offer-").first()
    assert kept is not None
    with clock.set_to(AT):
        shown = browser_of("quinn").get(f"/files/{kept.token}")
        assert shown["Content-Disposition"].startswith("attachment")
        assert shown["X-Content-Type-Options"] == "nosniff"
        assert shown["Content-Security-Policy"].startswith("sandbox")
        assert "no-store" in shown["Cache-Control"]
        for who in ("charlie", "cal", "tom"):
            assert browser_of(who).get(f"/files/{kept.token}").status_code == 404
        assert Client().get(f"/files/{kept.token}").status_code == 302


def test_upload_that_is_too_much_is_ended_before_it_is_read(world: World, quote: Any, settings: Any) -> None:
    settings.BREAKFIX_MAX_UPLOAD_BYTES = 200_000
    before = snapshots.state()
    a_little = handed_in(world, quote, "a.txt", b"x" * 210_000)
    assert b'data-code="file_too_large"' in a_little.content
    much = handed_in(world, quote, "a.txt", b"x" * 5_000_000)
    assert (much.status_code, b'data-code="too_large"' in much.content) == (413, True)
    assert _without_sign_ins(snapshots.state()) == _without_sign_ins(before)


def test_engagement_has_room_for_so_many_bytes_and_no_more(world: World, quote: Any, settings: Any) -> None:
    topic = quote.engagement.topic
    settings.BREAKFIX_MAX_TOPIC_BYTES = sum(
        File.objects.filter(topic__startswith=topic).values_list("size", flat=True)
    )
    settings.BREAKFIX_MAX_TOPIC_BYTES += 10
    with refused("no_room"):
        files.keep(Upload("a.txt", b"x" * 11), topic=topic, at=AT)
    files.keep(Upload("a.txt", b"x" * 10), topic=f"{topic}@client", at=AT).delete()


def test_upload_that_breaks_off_leaves_nothing(quote: Any) -> None:
    before = snapshots.state()
    browser = browser_of("quinn")
    with clock.set_to(AT):
        answer = browser.generic(
            "POST",
            reverse("attach_supplier_evidence", kwargs={"quote_id": quote.pk}),
            b"",
            content_type="multipart/form-data; boundary=xx",
            **{"wsgi.input": _BrokenOff(), "CONTENT_LENGTH": "100000"},
        )
    assert answer.status_code in {403, 422}  # what arrived is no form: its token or its fields are missing
    assert _without_sign_ins(snapshots.state()) == _without_sign_ins(before)


class _BrokenOff(io.RawIOBase):
    """A body whose sender goes away after its first bytes."""

    def __init__(self) -> None:
        self.sent = False

    def read(self, size: int = -1, /) -> bytes:
        if self.sent:
            raise OSError("connection reset by peer")
        self.sent = True
        return b'--xx\r\nContent-Disposition: form-data; name="evidence"; filename="a.txt"\r\n\r\nhalf a fi'


def _without_sign_ins(state: dict[str, dict[Any, Any]]) -> dict[str, Any]:
    return {name: rows for name, rows in state.items() if name != "parties_person"}
