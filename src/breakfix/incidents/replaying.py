"""The replay of a log as doors may ask for it: arithmetic alone, without a database."""

from breakfix.incidents.rules.replaying import Event, Misfit, Replay, recomputed, replay, way
from breakfix.incidents.rules.transitions import ACTIVE

__all__ = ["ACTIVE", "Event", "Misfit", "Replay", "recomputed", "replay", "way"]
