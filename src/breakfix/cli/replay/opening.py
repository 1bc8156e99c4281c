"""Opening a log, plain or gzip by its first bytes, and telling how much of the file was read."""

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from breakfix.cli.replay.faults import Unreadable

GZIP = b"\x1f\x8b"
BROKEN = (EOFError, zlib.error, gzip.BadGzipFile)

Told = Callable[[int], None]


class _Counting(io.RawIOBase):
    """Bytes of the file as they are on the disk, told as they are read."""

    def __init__(self, file: BinaryIO, told: Told) -> None:
        self.file, self.told = file, told

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        got = self.file.read(len(buffer))
        buffer[: len(got)] = got
        self.told(len(got))
        return len(got)


@contextmanager
def opened(path: Path, told: Told = lambda _: None) -> Iterator[BinaryIO]:
    """The log's bytes, unpacked; the suffix does not matter."""
    try:
        file = path.open("rb")
        counted = io.BufferedReader(_Counting(file, told), 2**16)
        packed = counted.peek(2)[:2] == GZIP
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or error}.") from None
    with file:
        yield io.BufferedReader(gzip.GzipFile(fileobj=counted), 2**16) if packed else counted


def broken(error: BaseException, after: str) -> Unreadable:
    """The gzip file ends or is damaged in the middle; `after` names the last row that came out whole."""
    if isinstance(error, EOFError):
        return Unreadable(f"after {after} the gzip file ends in the middle: it was cut short. Fetch it again.")
    return Unreadable(f"after {after} the gzip file is damaged ({error}). Fetch it again.")
