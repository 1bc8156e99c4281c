"""Which parts of a mail are its text: a footer never stands for what somebody wrote, whatever they wrote it in."""

from breakfix.intake.rules.mail.reading import read
from breakfix.intake.values import Letter
from tests.makers_mails import mail

FOOTER = "Content-Type: text/plain\n\nThis message may be confidential.\n"
MARKUP = "Content-Type: text/html\n\n<p>It is <b>broken</b>.</p>\n"
PLAIN = "Content-Type: text/plain\n\nIt is broken.\n"
PHOTO = 'Content-Type: image/png; name="a.png"\nContent-Disposition: inline; filename="a.png"\n\nx\n'


def parts(*given: str, kind: str = "mixed", mark: str = "B") -> str:
    """A part that is made of others."""
    inner = "".join(f"--{mark}\n{one}\n" for one in given)
    return f'Content-Type: multipart/{kind}; boundary="{mark}"\n\n{inner}--{mark}--\n'


def letter(whole: str) -> Letter:
    head, _, body = whole.partition("\n\n")
    return read(mail(body, Content_Type=head.removeprefix("Content-Type: ")))


def test_a_footer_beside_markup_hides_nothing() -> None:
    assert letter(parts(MARKUP, FOOTER)).whole == "It is broken.\n\nThis message may be confidential."
    assert letter(parts(FOOTER, MARKUP)).whole == "This message may be confidential.\n\nIt is broken."
    related = parts(MARKUP, PHOTO, kind="related", mark="R")
    found = letter(parts(related, FOOTER))
    assert found.whole.startswith("It is broken.")
    assert [one.name for one in found.pieces] == ["a.png"]


def test_of_alternatives_one_is_read() -> None:
    both = parts(PLAIN, MARKUP, kind="alternative", mark="A")
    assert letter(both).whole == "It is broken."
    assert letter(parts(both, FOOTER)).whole == "It is broken.\n\nThis message may be confidential."
    related = parts(MARKUP.replace("broken", "richer"), PHOTO, kind="related", mark="R")
    nested = letter(parts(PLAIN, related, kind="alternative", mark="A"))
    assert (nested.whole, [one.name for one in nested.pieces]) == ("It is broken.", ["a.png"])
    blank = parts("Content-Type: text/plain\n\n \n", MARKUP, kind="alternative", mark="A")
    assert letter(parts(blank, FOOTER)).whole == "It is broken.\n\nThis message may be confidential."
    inner = parts(parts(MARKUP, FOOTER, mark="M"), kind="alternative", mark="A")
    assert letter(inner).whole.startswith("It is broken.")


def test_the_same_words_are_read_once() -> None:
    assert letter(parts(PLAIN, MARKUP)).whole == "It is broken."


def test_a_text_with_a_name_is_the_body_where_there_is_no_other() -> None:
    for head in ('; name="message.txt"', '; name="m.txt"\nContent-Disposition: inline; filename="m.txt"'):
        named = PLAIN.replace("text/plain", f"text/plain{head}", 1)
        for found in (letter(parts(named)), letter(parts(PHOTO, named))):
            assert (found.whole, [one.kind for one in found.pieces if one.kind != "image/png"]) == (
                "It is broken.",
                [],
            )
        beside = letter(parts(MARKUP.replace("broken", "loud"), named))
        assert (beside.whole, len(beside.pieces)) == ("It is loud.", 1)
    attached = PLAIN.replace("plain", 'plain; name="a.txt"\nContent-Disposition: attachment; filename="a.txt"', 1)
    found = letter(parts(attached))
    assert (found.whole, [one.name for one in found.pieces]) == ("", ["a.txt"])
    long = PLAIN.replace("plain", 'plain; name="a.log"', 1) + "word " * 2000
    found = letter(parts(long))
    assert (found.whole[:13], [one.name for one in found.pieces]) == ("It is broken.", ["a.log"])
