"""Playing a story: every step through the real action, everything that falls due in between at its own instant."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from breakfix.cli.story import world
from breakfix.cli.story.deeds import action_named, bound
from breakfix.cli.story.finders import find
from breakfix.cli.story.format import Step, Story, StoryError
from breakfix.cli.story.names import MADE_BY, Names
from breakfix.jobs import kinds, worker
from breakfix.kernel import clock
from breakfix.kernel.access import Actor
from breakfix.kernel.errors import Refused
from breakfix.kernel.money import Money, format_money
from breakfix.parties import queries as parties
from breakfix.quotes.rules.simulation import replace_sampler

Tell = Callable[[str], Any]
Hands = Callable[[Step, Any, dict[str, Any], Actor], Any]


@dataclass(frozen=True)
class Outcome:
    """What became of one step: done, or refused with a code; `fault` says why that is not what the story expects."""

    step: Step
    refused: str = ""
    message: str = ""
    fault: str = ""


def act(step: Step, action: Any, arguments: dict[str, Any], by: Actor) -> Any:
    """The plain hands: call the action. Tests pass other hands that press the same buttons on the pages."""
    return action(**arguments, by=by, at=step.at)


@dataclass
class Player:
    """Plays one story into the database that Django is connected to."""

    story: Story
    names: Names = field(default_factory=Names)
    tell: Tell = print
    hands: Hands = act
    # What everybody signs in with afterwards; "" where nobody will, since making 25 slow hashes takes seconds.
    password: str = world.PASSWORD
    outcomes: list[Outcome] = field(default_factory=list)

    def play(self, until: datetime | None = None) -> list[Outcome]:
        """Build the world, then do the steps up to `until`; a step that goes wrong is noted and the story goes on."""
        kinds.load()
        with self._stated_cap():
            begin = world.as_of(self.story)
            with clock.set_to(begin):
                world.build(self.story, self.names, at=begin, password=self.password)
            for step in self.story.steps:
                if until is not None and step.at > until:
                    break
                self._due(step.at)
                with clock.set_to(step.at):
                    self.outcomes.append(self._do(step))
                self.tell_news()
            self._due(until or self.story.end)
            self.tell_news()
        return self.outcomes

    def tell_news(self) -> None:
        """Hand what was recorded since the last call to whoever listens."""
        self.tell("")

    def _due(self, until: datetime) -> None:
        with clock.set_to(min(until, self.present)):
            worker.run_due(until, told=lambda _task, _at: self.tell_news())

    @property
    def present(self) -> datetime:
        """Where story time stands: the last step done, or the day the world was set up."""
        return self.outcomes[-1].step.at if self.outcomes else world.as_of(self.story)

    def _do(self, step: Step) -> Outcome:
        action = action_named(step.do, f"step {step.number}")
        if step.name and step.do not in MADE_BY:
            raise StoryError(f"step {step.number}: {step.do} makes nothing that `as` could name")
        try:
            by = self._actor(step)
            arguments = bound(step, action, self.names, zone=self.story.zone, find=find)
            result = self.hands(step, action, arguments, by)
        except Refused as no:
            expected = step.refused == no.code
            fault = "" if expected else f"was refused as {no.code}: {no.message}"
            return Outcome(step, no.code, no.message, fault)
        self._remember(step, result)
        return Outcome(step, fault=f"was done, though {step.refused} was expected" if step.refused else "")

    def _actor(self, step: Step) -> Actor:
        email = self.names.emails.get(step.by)
        person = parties.find_person(email) if email else None
        if person is None:
            there = ", ".join(sorted(self.names.emails))
            raise StoryError(f"step {step.number}: there is nobody called {step.by!r}; there are: {there}")
        return parties.actor_for(person, confirmed_at=step.at)

    def _remember(self, step: Step, result: Any) -> None:
        if step.do == "report_failure":
            self.names.engagement_id = result.pk
        if step.do == "enrol_person" and step.name:
            self.names.emails[step.name] = result.email
        if step.name:
            self.names.give(MADE_BY[step.do], step.name, result.pk)

    @contextlib.contextmanager
    def _stated_cap(self) -> Iterator[None]:
        """Replace the simulation by the ceiling that the story states: nothing but a story can do this."""
        stated = self.story.inject.get("n")
        if stated is None:
            yield
            return
        cap = Money.of(str(stated), world.currency_of(self.story))
        self.tell(f"The story states the ceiling: {format_money(cap)}. The simulation is replaced.")
        with replace_sampler(cap):
            yield
