"""Uploads: what is refused, what is kept, and that damage is noticed."""

from datetime import UTC, datetime
from typing import Any

import pytest

from breakfix.kernel import files
from breakfix.kernel.errors import Refused
from breakfix.kernel.files import Upload

AT = datetime(2026, 12, 1, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 20


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.png", b"", "empty_file"),
        ("a.exe", b"MZ", "file_kind"),
        ("noending", b"abc", "file_kind"),
        ("a.svg", b"<svg onload=alert(1)>", "file_kind"),
        ("a.html", b"<script>", "file_kind"),
        ("a.png", b"<html>", "file_mislabelled"),
        ("a.pdf", PNG, "file_mislabelled"),
        ("a.txt", b"a\x00b", "file_mislabelled"),
    ],
)
def test_upload_of_the_wrong_kind_is_refused(name: str, content: bytes, code: str) -> None:
    with pytest.raises(Refused) as no:
        files.media_type_of(Upload(name, content))
    assert (no.value.code, no.value.field) == (code, "evidence")


def test_upload_over_the_limit_is_refused(settings: Any) -> None:
    settings.BREAKFIX_MAX_UPLOAD_BYTES = 10
    with pytest.raises(Refused) as no:
        files.media_type_of(Upload("a.txt", b"12345678901"))
    assert no.value.code == "file_too_large"
    assert files.media_type_of(Upload("a.txt", b"1234567890")) == "text/plain"


@pytest.mark.parametrize(
    ("claimed", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\temp\\a.png", "a.png"),
        ("a\x00b\n.txt", "ab.txt"),
        ("invoice\u202egnp.txt", "invoicegnp.txt"),
        ('a"b<c>.txt', "a_b_c_.txt"),
        ("x" * 300 + ".txt", "x" * 110 + ".txt"),
    ],
)
def test_safe_name_keeps_only_what_is_harmless(claimed: str, kept: str) -> None:
    assert files.safe_name(claimed) == kept


@pytest.mark.django_db
@pytest.mark.tampers
def test_keep_stores_content_by_its_hash_and_notices_damage() -> None:
    row = files.keep(Upload("photo.png", PNG), topic="engagement/1", at=AT)
    assert files.read(row) == PNG
    assert row.media_type == "image/png"
    files.path_of(row.sha256).write_bytes(PNG + b"!")
    with pytest.raises(RuntimeError):
        files.read(row)


@pytest.mark.django_db
@pytest.mark.tampers
def test_keep_stores_equal_content_once() -> None:
    first = files.keep(Upload("a.png", PNG), topic="engagement/1", at=AT)
    second = files.keep(Upload("b.png", PNG), topic="engagement/2", at=AT)
    assert first.pk != second.pk
    assert files.path_of(first.sha256) == files.path_of(second.sha256)
