"""Bytes of a mail as words: a wrong byte costs its own character, and markup only what nobody sees."""

import pytest

from breakfix.intake.rules.mail import reading
from breakfix.intake.rules.mail.bodies import LONGEST_TEXT
from breakfix.intake.rules.mail.reading import read
from breakfix.intake.rules.mail.words import text_of
from breakfix.intake.values import Unmapped
from tests.makers_mails import mail

# 障害 (in the standard), then a one in a circle and "(stock)" of NEC, a tall 高 of IBM, and narrow kana.
JAPANESE = b"\x1b$B>c32-!-j|b\x1b(I6E\x1b(B ok"


@pytest.mark.parametrize(
    ("raw", "charset", "said"),
    [
        ("Größe – 4 µm".encode() + b"\xff", "utf-8", "Größe – 4 µm\ufffd"),
        ("Größe – 4 µm".encode()[:-3] + "µ".encode()[:1], "utf-8", "Größe – 4 \ufffd"),
        ("Größe – 4 µm".encode() + b"\xff", "", "Größe – 4 µm\ufffd"),
        ("Größe".encode("latin-1"), "utf-8", "Größe"),  # claimed by a program that never knew
        ("“It’s down” – Größe".encode("cp1252"), "iso-8859-1", "“It’s down” – Größe"),
        ("“It’s down” – Größe".encode("cp1252"), "us-ascii", "“It’s down” – Größe"),
        ("Größe".encode("latin-1"), "iso-8859-1", "Größe"),
        ("镕基 的 服务器".encode("gb18030"), "gb2312", "镕基 的 服务器"),
        ("机器坏了".encode(), "gb2312", "机器坏了"),
        ("机器坏了".encode("gb2312") + b"\xff ok", "gb2312", "机器坏了\ufffd ok"),
        ("機器".encode("big5") + b"\xff ok", "big5", "機器\ufffd ok"),
        (JAPANESE, "iso-2022-jp", "障害①㈱髙ｶﾅ ok"),
        (JAPANESE[:-7] + b"\n", "iso-2022-jp", "障害①㈱髙ｶ\n"),
        (b"\x1b$B-!\nand 2", "iso-2022-jp", "①\nand 2"),
        (b"\x1b$B>c3", "iso-2022-jp", "障3"),
        ("障害".encode(), "iso-2022-jp", "障害"),
        ("שלום".encode("cp1255"), "x-unknown", "ùìåí"),
        (b"plain", "hex", "plain"),
        (b"1 + 1", "utf-7", "1 + 1"),
        (b"a+b, ~ 3", "utf-7", "a+b, ~ 3"),
        (b"Gr+APY-+AN8-e", "utf-7", "Größe"),
        (b"Gr+APY- + 1", "utf-7", "Grö \ufffd1"),
        (b"about ~ 3", "hz", "about ~ 3"),
        (b"~{VPND~} ok", "hz", "中文 ok"),
        (b"plain", "utf-16", "plain"),
    ],
)
def test_a_wrong_byte_costs_its_own_character(raw: bytes, charset: str, said: str) -> None:
    assert text_of(raw, charset) == said


@pytest.mark.parametrize("charset", ["utf-8", "gb2312", "euc-jp"])
def test_a_text_that_is_cut_within_a_character_is_read(charset: str) -> None:
    for shift in range(3):
        raw = b"x" * shift + ("中文 " * (LONGEST_TEXT // 4)).encode(charset)
        found = read(mail(raw, Content_Type=f"text/plain; charset={charset}"))
        assert found.whole.startswith("x" * shift + "中文 中文")


def test_a_subject_with_a_wrong_byte_is_read() -> None:
    assert read(mail(subject="=?gb2312?b?6UbyZtPQzsrM4g==?=")).subject == "镕騠有问题"


@pytest.mark.parametrize(
    "markup",
    [
        "<html><head><title>t</title><style>p{}</style><body><p>It is broken.</p></body></html>",
        "<head><meta charset=utf-8><script>x()</script><p>It is broken.",
        "<head/><body>It is broken.</body>",
        "<HEAD ><!--[if mso]><xml>x</xml><![endif]--></HEAD>\n<BODY>It is broken.</BODY>",
        "<header>It is broken.</header>",
    ],
)
def test_markup_whose_head_does_not_end_is_read(markup: str) -> None:
    assert read(mail(markup, Content_Type="text/html; charset=utf-8")).text == "It is broken."


@pytest.mark.parametrize(
    "charset",
    ["*=utf-8''x", "*=utf-8''utf-8", "=idna", "=punycode", "=undefined", "=a\x00b", "*=a%00b''x", "*=a\x00b''x"],
)
@pytest.mark.parametrize("body", ["It is broken.", "Es ist größer."])
@pytest.mark.parametrize("kind", ["text/plain", "text/html", "multipart/mixed", "application/pdf"])
def test_no_charset_hides_a_mail(charset: str, body: str, kind: str) -> None:
    found = read(mail(body, Content_Type=f"{kind}; charset{charset}"))
    assert body in (found.whole or found.pieces[0].content.decode())


def test_what_nobody_thought_of_is_a_mail_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in (ValueError, TypeError, LookupError):
        monkeypatch.setattr(reading, "body_of", lambda _, wrong=wrong: (_ for _ in ()).throw(wrong))
        for one in (read, reading.words_of):
            with pytest.raises(Unmapped, match=f"it is no mail that can be read .{wrong.__name__}."):
                one(mail())
