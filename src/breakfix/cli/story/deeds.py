"""Deeds by the names that a person would use: found in the modules' own actions, bound from their annotations."""

from collections.abc import Callable
from typing import Any

from breakfix.cli.story.format import Step, StoryError
from breakfix.cli.story.names import KIND_OF, Names
from breakfix.cli.story.uploads import uploads_in
from breakfix.kernel.binding import arguments, bind
from breakfix.kernel.deeds import Action, all_deeds


def action_named(name: str, where: str) -> Action:
    """The action of a deed, or an error that lists the deeds there are."""
    try:
        return all_deeds()[name]
    except KeyError:
        raise StoryError(f"{where}: there is no deed {name!r}; known are {', '.join(sorted(all_deeds()))}") from None


Finder = Callable[[str, dict[str, Any], Names], int | str | list[str] | None]


def bound(step: Step, action: Action, names: Names, *, zone: str, find: Finder) -> dict[str, Any]:
    """Typed arguments of a step: names become ids, what is not named is found from where the engagement stands."""
    where = f"step {step.number} ({step.do})"
    given = dict(uploads_in(step.args))
    if step.on:
        names.engagement_id = names.id_of("engagement", step.on, where)
    for name, parameter in arguments(action).items():
        short = name.removesuffix("_id")
        kind = KIND_OF.get(name)
        if short != name and short in given:
            value = given.pop(short)
            given[name] = names.id_of(kind, value, where) if kind else find(name, {**given, short: value}, names)
        elif kind and name in given and isinstance(given[name], list):
            given[name] = [names.id_of(kind, item, where) for item in given[name]]
        elif name not in given and parameter.default is parameter.empty:
            of_whom = {**given, "signer": names.emails.get(str(step.by), "")}
            known = names.engagement_id if name == "engagement_id" else find(name, of_whom, names)
            if known is not None:
                given[name] = known
    return bind(action, given, zone=zone)
