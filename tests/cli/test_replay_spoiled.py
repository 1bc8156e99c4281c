"""Whatever a file holds, a replay ends with a report or with a sentence, never with a traceback."""

import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.logs import EXCERPT, MAPS, replayed, written
from tests.cli.test_replay_xes import LIFE, TORN, log

PIECES = (
    b'"',
    b",",
    b"\n",
    b"\r",
    b"\0",
    b"\xff",
    b"<",
    b">",
    b"&",
    b";",
    b":",
    b"-",
    b"{",
    b"]",
    b"9" * 40,
    b"\xe2\x80\xae",
)


def spoiled(raw: bytes, dice: random.Random) -> bytes:
    """The file after a few accidents: bytes changed, lost, doubled or put in."""
    made = bytearray(raw)
    for _ in range(dice.choice((1, 2, 5, 20))):
        start = dice.randrange(len(made) - 1)
        end = start + dice.choice((1, 3, 50, 900))
        what = dice.randrange(4)
        if what == 0:
            made[start] = dice.randrange(256)
        elif what == 1 and len(made) > 2000:
            del made[start:end]
        elif what == 2:
            made[start:start] = made[start:end]
        else:
            made[start:start] = dice.choice(PIECES)
    return bytes(made)


def packed(raw: bytes, dice: random.Random) -> bytes:
    """The same in gzip, damaged or cut short."""
    made = bytearray(gzip.compress(raw))
    made[dice.randrange(len(made))] ^= dice.randrange(256)
    return bytes(made[: dice.choice((len(made), dice.randrange(1, len(made))))])


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("how", [spoiled, packed])
@pytest.mark.parametrize("kind", ["csv", "xes", "map"])
def test_spoiled_file_ends_with_a_report_or_a_sentence(
    tmp_path: Path, kind: str, how: Callable[[bytes, random.Random], bytes], seed: int
) -> None:
    dice = random.Random(f"{kind} {how.__name__} {seed}")
    maps = {name: MAPS / f"{name}.yaml" for name in ("uci498", "helpdesk_italian")}
    mapping = maps["helpdesk_italian" if kind == "xes" else "uci498"]
    table, events = EXCERPT.read_bytes(), log(LIFE, TORN).encode()
    for _ in range(10):
        spoilt = how({"csv": table, "xes": events, "map": mapping.read_bytes()}[kind], dice)
        given = written(tmp_path, spoilt, "map.yaml") if kind == "map" else mapping
        result = replayed(written(tmp_path, table if kind == "map" else spoilt, "log.bin"), given, "--json")
        assert isinstance(result.exception, SystemExit | None), (spoilt, result.exc_info)
        told = json.loads(result.output)
        assert result.exit_code == (1 if "error" in told else 0)
        if "error" not in told:
            assert told["applied"] + sum(told["refused"].values()) == told["events"]
