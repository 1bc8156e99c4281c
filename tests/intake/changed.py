"""Payloads as nobody meant to send them: a field missing, extra, of another kind, or in another place."""

import copy
import json
import random
from typing import Any

OTHERS = (
    None,
    True,
    0,
    -1,
    1.5,
    "",
    "x" * 5000,
    "\x00\u202e",
    [],
    {},
    [None],
    {"a": {"b": []}},
    10**30,
    "2099-01-01T00:00:00Z",
)


def places(found: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value in it."""
    inner = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    return [deeper for name, one in inner for deeper in ((*way, name), *places(one, (*way, name)))]


def changed(raw: bytes, seed: int) -> tuple[str, bytes]:
    """The kind of change (missing, extra, other, order), and the body with one to three such changes."""
    body, chance = json.loads(raw), random.Random(seed)
    kind = ("missing", "extra", "other", "order")[seed % 4]
    for _ in range(chance.randint(1, 3)):
        *way, name = chance.choice(places(body) or [("none",)])
        holder = body
        for step in way:
            holder = holder[step]
        if kind == "missing" and (isinstance(holder, list) or name in holder):
            del holder[name]
        elif kind == "extra":
            (holder if isinstance(holder, dict) else body)[f"extra{chance.randint(0, 99)}"] = other(chance)
        elif kind == "other":
            holder[name] = other(chance)
    return kind, json.dumps(shuffled(body, chance) if kind == "order" else body).encode()


def other(chance: random.Random) -> Any:
    """A value of any kind."""
    return copy.deepcopy(chance.choice(OTHERS))


def shuffled(found: Any, chance: random.Random) -> Any:
    """The same, with the fields of each object in another order; lists stay as they are."""
    if isinstance(found, dict):
        names = list(found)
        chance.shuffle(names)
        return {name: shuffled(found[name], chance) for name in names}
    return [shuffled(one, chance) for one in found] if isinstance(found, list) else found


def changed_letter(raw: bytes, seed: int) -> tuple[str, bytes]:
    """The same four kinds of change, to the lines of a plain text."""
    chance, kind = random.Random(seed), ("missing", "extra", "other", "order")[seed % 4]
    if kind == "order":  # of the fields that stand together
        parts = [part.split(b"\n") for part in raw.strip().split(b"\n\n")]
        return kind, b"\n\n".join(b"\n".join(chance.sample(rows, len(rows))) for rows in parts)
    rows = raw.split(b"\n")
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(rows))
        if kind == "missing" and len(rows) > 1:
            del rows[place]
        elif kind == "extra":
            rows.insert(place, b"Extra: " + str(other(chance)).encode())
        elif kind == "other":
            rows[place] = rows[place].partition(b":")[0] + b": " + str(other(chance)).encode()
    return kind, b"\n".join(rows)


def changed_file(name: str, raw: bytes, seed: int) -> tuple[str, bytes]:
    """A sample as nobody meant to send it, whatever form it has."""
    return changed(raw, seed) if name.endswith(".json") else changed_letter(raw, seed)
