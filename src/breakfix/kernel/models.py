"""Tables that know no business: the evidence log, the work queue, files and counters."""

import uuid
from typing import Any, ClassVar

from django.db import models


class Row(models.Model):
    """A business record: every change to it leaves its after-image in the evidence log.

    `PERSONAL` fields go to the erasable part of the log; `SECRET` fields never enter it.
    """

    PERSONAL: ClassVar[tuple[str, ...]] = ()
    SECRET: ClassVar[tuple[str, ...]] = ()

    class Meta:
        abstract = True

    @property
    def key(self) -> str:
        """How the log names this record: table and id."""
        return f"{self._meta.label_lower}/{self.pk}"


class Chain(models.Model):
    """Head of one organisation's log. Locked to append: locking "the last entry" forks on PostgreSQL."""

    organisation_id = models.BigIntegerField(primary_key=True)
    size = models.BigIntegerField(default=0)
    peaks: "models.JSONField[Any, Any]" = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"log of organisation {self.organisation_id}, {self.size} entries"


class Entry(models.Model):
    """One deed as one organisation may see it. No foreign keys: the log outlives the tables."""

    organisation_id = models.BigIntegerField()
    position = models.BigIntegerField()
    deed_id = models.UUIDField()
    kind = models.CharField(max_length=60)
    topic = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    person_id = models.BigIntegerField(null=True)
    line = models.TextField()
    # The canonical JSON text itself is stored: a re-serialisation could never be trusted to give the same bytes.
    leaf = models.TextField()
    leaf_hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "position"], name="entry_position_once"),
            models.UniqueConstraint(fields=["organisation_id", "deed_id"], name="entry_deed_once"),
        ]
        indexes = [models.Index(fields=["organisation_id", "topic", "position"], name="entry_topic")]

    def __str__(self) -> str:
        return f"{self.organisation_id}#{self.position} {self.kind}"


class PersonalPart(models.Model):
    """Personal fields of one after-image, with their salt. Deleting the row erases them; every proof still holds."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+")
    image = models.IntegerField()
    salt = models.CharField(max_length=64)
    content = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "image"], name="personal_part_once")]

    def __str__(self) -> str:
        return f"personal part {self.image} of entry {self.entry_id}"


class Checkpoint(models.Model):
    """A signed statement of one log's size and root: held elsewhere, it makes rollback visible."""

    organisation_id = models.BigIntegerField()
    size = models.BigIntegerField()
    note = models.TextField()
    signed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id", "size"], name="checkpoint_size_once")]

    def __str__(self) -> str:
        return f"checkpoint {self.organisation_id}@{self.size}"


class Task(models.Model):
    """One consequence of a deed, or one thing due at an instant: the durable queue is this table.

    At-least-once: every handler is idempotent; `key` keeps a consequence from being planned twice.
    """

    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=200, unique=True)
    payload: "models.JSONField[Any, Any]" = models.JSONField(default=dict)
    planned_at = models.DateTimeField()
    due_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField()
    attempts = models.IntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["next_attempt_at", "id"], name="task_due", condition=models.Q(done_at=None))]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Counter(models.Model):
    """Gap-free numbers of one series: taken under lock, inside the deed that uses them."""

    organisation_id = models.BigIntegerField()
    series = models.CharField(max_length=40)
    last = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id", "series"], name="counter_once")]

    def __str__(self) -> str:
        return f"{self.series} of {self.organisation_id}: {self.last}"


class Pulse(models.Model):
    """When a program of ours last said that it is alive, in real time: a worker that stands still tells nobody."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%Y-%m-%d %H:%M:%S}"


class Pause(models.Model):
    """Something that everybody on this database leaves alone until somebody says so, and why."""

    what = models.CharField(max_length=40, primary_key=True)
    why = models.CharField(max_length=300)
    since = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.what} paused since {self.since:%Y-%m-%d %H:%M}: {self.why}"


class Guess(models.Model):
    """Wrong answers in a row about one thing, e.g. a password: by hashes, so it names nobody (kernel/guesses.py)."""

    key = models.CharField(max_length=64, unique=True)
    about = models.CharField(max_length=64, db_index=True)
    wrong = models.IntegerField(default=0)
    last_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.wrong} wrong about {self.about[:8]}"


class File(Row):
    """What somebody handed in or the system rendered, kept by its content's hash, outside the web root."""

    token = models.UUIDField(default=uuid.uuid4, unique=True)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    topic = models.CharField(max_length=80)
    kept_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
