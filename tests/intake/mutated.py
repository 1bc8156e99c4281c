"""Mails as nobody meant to send them: headers missing, extra, other or in another order; cut; bytes flipped."""

import random

OTHERS = (
    b"",
    b"=?utf-8?b?////?=",
    b"=?x-none?q?a?=",
    b"\x00\xff\xfe",
    "\u202eגנב".encode(),
    b"<" * 400,
    b'multipart/mixed; boundary=""',
    b"multipart/mixed",
    b'text/plain; charset="no-such-thing"',
    b"text/html; charset=punycode",
    b"base64",
    b"x" * 9000,
    b"Fri, 32 Foo 2050 99:99:99 +9999",
    b"a@b, c@d, <>",
)
EXTRA = (
    b"From",
    b"To",
    b"Message-ID",
    b"Content-Type",
    b"Content-Transfer-Encoding",
    b"Date",
    b"MIME-Version",
    b"X-A",
)
KINDS = ("missing", "extra", "other", "order", "cut", "flipped")


def mutated(raw: bytes, seed: int) -> tuple[str, bytes]:
    """The kind of change, and the mail with one to three such changes."""
    chance, kind = random.Random(seed), KINDS[seed % len(KINDS)]
    for _ in range(chance.randint(1, 3)):
        raw = _once(raw, kind, chance)
    return kind, raw


def _once(raw: bytes, kind: str, chance: random.Random) -> bytes:
    head, blank, body = raw.partition(b"\n\n")
    fields = head.split(b"\n")
    at = chance.randrange(len(fields))
    if kind == "missing":
        del fields[at]
    elif kind == "extra":
        fields.insert(at, chance.choice(EXTRA) + b": " + chance.choice(OTHERS))
    elif kind == "other":
        fields[at] = fields[at].partition(b":")[0] + b": " + chance.choice(OTHERS)
    elif kind == "order":
        chance.shuffle(fields)
    elif kind == "cut":
        return raw[: chance.randrange(len(raw) + 1)]
    else:
        wrong = bytearray(raw or b"x")
        for _ in range(20):
            wrong[chance.randrange(len(wrong))] = chance.randrange(256)
        return bytes(wrong)
    return b"\n".join(fields) + blank + body
