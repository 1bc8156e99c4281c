"""What a night may try, and how often it did: the rules by name, and what fits which moment."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

TALLY: Counter[str] = Counter()
REFUSED: Counter[tuple[str, str]] = Counter()
MINUTES = (0, 0, 0, 1, 7, 20, 50)
ANYTIME: list[str] = []
RULES: dict[str, Callable[[Any], None]] = {}
# What people try at each turn of the night, if they know what they do; four times in ten they do not.
LIKELY: dict[str, str] = {
    "QUOTE_PENDING": "draft draft revise",
    "DRAFT": "review review issue revise withdraw",
    "REVIEWED": "issue issue revise",
    "ISSUED": "approve approve approve approve approve acknowledge acknowledge decide_in_emergency reject withdraw "
    "choose_continuity revise_change_order delegate delegate revise revoke_delegation wait_for_the_end_of_the_offer",
    "IN_PROGRESS": "clock_on clock_on clock_off clock_off use_line use_line complete_step propose_change_order "
    "ratify finish wait",
    "RESTORED": "finish finish clock_off use_line",
    "ACCEPTED": "invoice invoice accept",
}


def rule(*, anytime: bool = True, **choices: Sequence[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make it something that people may try, each time with one of these values for every argument.

    What is not for `anytime` is tried only in the runs that ask for it.
    """

    def known(step: Callable[..., None]) -> Callable[..., None]:
        def tried(night: Any) -> None:
            given = {name: night.random.choice(values) for name, values in choices.items()}
            night.told.append(f"{night.now:%d %H:%M:%S} {step.__name__} {given or ''}")
            step(night, **given)

        RULES[step.__name__] = tried
        if anytime:
            ANYTIME.append(step.__name__)
        return step

    return known


def refusals(name: str) -> int:
    """How often this deed was refused, for whatever reason."""
    return sum(count for (one, _), count in REFUSED.items() if one == name)


def report() -> Iterator[str]:
    """How often each deed was done and refused, one line each, and why it was refused."""
    for name in sorted({*TALLY, *(name for name, _ in REFUSED)}):
        codes = {code: count for (one, code), count in REFUSED.items() if one == name}
        why = ", ".join(f"{code} {count}" for code, count in sorted(codes.items(), key=lambda one: -one[1]))
        yield f"{name:28} {TALLY[name]:6} done {refusals(name):6} refused  {why}"
