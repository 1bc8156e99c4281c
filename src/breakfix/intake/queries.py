"""What this door knows, as somebody may see it: sources, alerts, mails, and what nobody could read."""

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db.models import BinaryField, Case, Count, Max, Model, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Substr

from breakfix.agreements import queries as agreements
from breakfix.agreements.values import Domain
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import Level
from breakfix.intake.models import Alert, AlertCount, AlertSource, Delivery, Mail, Mailbox, MailDraft
from breakfix.intake.rules.mail.addresses import Meant, signed
from breakfix.intake.values import Flapping, Outcome
from breakfix.kernel.access import CLIENT_ROLES, Actor, Deed, Role, may
from breakfix.kernel.errors import NotFound
from breakfix.kernel.sealing import derived, unseal

Found = TypeVar("Found", bound=Model)
# Who of the provider looks at what came in: whoever takes calls about it.
DESK = frozenset({Role.DISPATCHER, Role.DIRECTOR})
UNDECIDED: dict[str, None] = {"engagement": None, "dismissed_at": None, "ended_at": None}
LOOKED_BACK = 500  # mails of a folder whose places are compared
SHOWN = 1500  # bytes of a message that nobody could read
OURS = "it could not be taken, by a fault of ours; it is in the log"


def _seen(by: Actor, path: str) -> Q:
    """Of one's own organisation's monitoring, or of a client's that one's own desk is told of."""
    if by.is_machine:
        return Q()
    own = Q(**{f"{path}client": by.organisation_id}) if by.roles & CLIENT_ROLES else Q(pk__in=[])
    return own | Q(**{f"{path}provider": by.organisation_id}) if by.roles & DESK else own


def told_to(by: Actor, path: str) -> Q:
    """Of these, what this actor may read: a source of a restricted domain tells few from the first minute.

    They are those who would be let in on its engagement by themselves: the desk's dispatchers, the client's security
    officers, and whoever let the source in.
    """
    seen = _seen(by, path)
    if by.is_machine or by.roles & {Role.SECURITY_OFFICER, Role.DISPATCHER}:
        return seen
    few = Q(**{f"{path}domain__in": [one.value for one in Domain if one.described.restricted]})
    return seen & (~few | Q(**{f"{path}added_by": by.person_id}))


def told_in_time(by: Actor, path: str, at: Any) -> Q:
    """Of these, what is older than the end of the agreement: from then on one's own desk reads nothing new of it."""
    if by.is_machine or not by.roles & DESK:
        return Q()
    agreed = agreements.agreed_between(f"{path}client", f"{path}provider", at)
    return Q(**{f"{path}client": by.organisation_id}) | Q(agreed)


def _alerts_told_to(by: Actor) -> Q:
    """A draft that is told of again is new; what was reported before the end goes on."""
    last = Coalesce(OuterRef("count__last_received_at"), OuterRef("first_received_at"))
    told, in_time = told_to(by, "source__"), told_in_time(by, "source__", last)
    return told & (in_time | Q(engagement__isnull=False)) if in_time else told


def is_reader(by: Actor) -> bool:
    """Whether this person has a page of alerts at all."""
    return by.is_machine or bool(by.roles & (CLIENT_ROLES | DESK))


def of_seen_engagements(by: Actor) -> Q:
    """Rows about no engagement, or about one that this actor sees."""
    seen = incidents.visible_to(by).order_by().select_related(None).values("pk")
    return Q(engagement=None) | Q(engagement__in=seen)


def facts_of(alert: Alert) -> list[tuple[str, str]]:
    """What was told of an alert, in the words of a page."""
    found = [("From", f"{alert.source.name} ({alert.tool})"), ("Client", alert.source.client.name)]
    found += [("Named as", alert.host)] if alert.host else []
    return found + ([("Machine", alert.asset_note)] if alert.asset_note else [])


def sources_visible_to(by: Actor) -> QuerySet[AlertSource]:
    """Every source, open ones first."""
    found = AlertSource.objects.filter(_seen(by, "")).select_related("client", "provider", "site", "added_by")
    return found.order_by("closed_at", "name", "id")


def sources_read_by(by: Actor, at: datetime) -> QuerySet[AlertSource]:
    """Those whose alerts this actor may read at this time, and may know the number of."""
    return sources_visible_to(by).filter(told_to(by, "") & told_in_time(by, "", at))


def alerts_visible_to(by: Actor) -> QuerySet[Alert]:
    """Every alert, the latest first; once it is reported, for whoever sees its engagement."""
    found = Alert.objects.filter(_alerts_told_to(by))
    if not by.is_machine:
        found = found.filter(of_seen_engagements(by))
    found = found.select_related("source__client", "source__site", "asset", "engagement", "count")
    return found.order_by("-first_received_at", "-id")


def waiting(by: Actor) -> QuerySet[Alert]:
    """The drafts that nobody has decided about, of failures that last: worst suggested impact first."""
    worst = Case(*(When(impact=level.value, then=Value(rank)) for rank, level in enumerate(Level)))
    return alerts_visible_to(by).filter(**UNDECIDED).order_by(worst, "-first_received_at", "-id")


def told_and_undecided(by: Actor) -> dict[str, int]:
    """How many drafts wait for somebody who may decide about them, and how many of these suggest high impact."""
    if not may(by, Deed.DISMISS_ALERT):
        return {"all": 0, "high": 0}
    found = Alert.objects.filter(_alerts_told_to(by), **UNDECIDED)
    return found.aggregate(all=Count("pk"), high=Count("pk", filter=Q(impact=Level.HIGH.value)))


def unreadable_visible_to(by: Actor) -> QuerySet[Delivery]:
    """The quarantine: what came from a source and could not be read, the latest first."""
    told = told_to(by, "source__") & told_in_time(by, "source__", OuterRef("received_at"))
    found = Delivery.objects.filter(told, outcome=Outcome.QUARANTINE.value, settled_at=None)
    found = found.annotate(beginning=Substr("body", 1, SHOWN, output_field=BinaryField()))
    return found.select_related("source__client").defer("body").order_by("-received_at", "-id")


def get_alert(alert_id: int, by: Actor) -> Alert:
    """This alert, or NotFound."""
    return _one(alerts_visible_to(by), alert_id, "This alert")


def lock_alert(alert_id: int, by: Actor) -> Alert:
    """As `get_alert`, held until the end of the deed."""
    get_alert(alert_id, by)
    # What belongs to it is read after the wait: joined or asked for in one question, it would be as it was before.
    found = Alert.objects.select_for_update().get(pk=alert_id)
    _check_seen(found.engagement_id, by, "This alert")
    return found


def _check_seen(engagement_id: int | None, by: Actor, what: str) -> None:
    """Whoever waited while it was reported to few is told no more of it than everybody else."""
    if engagement_id is None or by.is_machine:
        return
    if not incidents.visible_to(by).filter(pk=engagement_id).exists():
        raise NotFound(what)


def get_source(source_id: int, by: Actor, at: datetime | None = None) -> AlertSource:
    """This source, or NotFound; asked for an instant, also whether its two do business then, as `.agreed`."""
    found = sources_visible_to(by)
    if at is not None:
        agreed = agreements.agreed_between("client", "provider", at)
        found = found.select_related(None).select_related("client").annotate(agreed=agreed)
    return _one(found, source_id, "This source")


def lock_source(source_id: int, by: Actor) -> AlertSource:
    """As `get_source`, held until the end of the deed."""
    return _one(sources_visible_to(by).select_for_update(of=("self",)), source_id, "This source")


def lock_unreadable(delivery_id: int, by: Actor) -> Delivery:
    """This message of the quarantine, held until the end of the deed; or NotFound."""
    return _one(unreadable_visible_to(by).select_for_update(of=("self",)), delivery_id, "This message")


def _one(found: QuerySet[Found], pk: int, what: str) -> Found:
    row = found.filter(pk=pk).first()
    if row is None:
        raise NotFound(what)
    return row


# ------------------------------------------------------------------------------------------ for the door itself


def source_of(secret: str) -> AlertSource | None:
    """The open source that this secret belongs to."""
    sha256 = hashlib.sha256(secret.encode()).hexdigest()
    return AlertSource.objects.select_related("site").filter(sha256=sha256, closed_at=None).order_by().first()


def hold_source(source: AlertSource) -> bool:
    """Hold this source until the end of the transaction; False if it was closed. Nothing else of it ever changes."""
    held = AlertSource.objects.filter(pk=source.pk).select_for_update(no_key=True).values_list("closed_at")
    return held.get()[0] is None


def signing_key(source: AlertSource) -> str:
    """The key with which this source signs, or ""."""
    return unseal(source.signing_key) if source.signing_key else ""


def came_before(source: AlertSource, marks: Collection[str]) -> set[str]:
    """Which of these bytes came from the same source before."""
    return set(Delivery.objects.filter(source=source, sha256__in=marks).values_list("sha256", flat=True).distinct())


def lock_last_alerts(source: AlertSource, fingerprints: Collection[str]) -> dict[str, Alert]:
    """The last alert of each of these failures, held in the order of their ids, as by whoever decides about one."""
    same = Alert.objects.filter(source=source)
    # One that lasts is the last: the next is drafted only once it is over. In a storm, this is all that is asked.
    lasting = same.filter(fingerprint__in=fingerprints, ended_at=None).select_for_update().order_by("pk")
    found = {one.fingerprint: one for one in lasting}
    if over := set(fingerprints) - set(found):
        last = same.filter(fingerprint__in=over).values("fingerprint").annotate(last=Max("pk"))
        ended = Alert.objects.filter(pk__in=list(last.values_list("last", flat=True)))
        found |= {one.fingerprint: one for one in ended.select_for_update().order_by("pk")}
    return found


def settled(alert: Alert) -> tuple[datetime | None, bool]:
    """Since when nobody looks at it any more (dismissed, its engagement over), and whether it is repaired."""
    engagement = alert.engagement and (alert.engagement.merged_into or alert.engagement)
    if engagement is None:
        return alert.dismissed_at, False
    return engagement.closed_at or engagement.cancelled_at, engagement.restored_at is not None


def flapping(alert: Alert) -> Flapping:
    """Of one that came back: when it began the last time, and since when its tool says that it is over."""
    found = AlertCount.objects.filter(alert=alert).values_list("returned_at", "quiet_since").first()
    return Flapping(*found) if found and alert.flaps else Flapping()


# ------------------------------------------------------------------------------------------ mails, as people see them

NOT_SHOWN = ("raw", "text")


def is_desk(by: Actor) -> bool:
    """Whether this person looks at what came by mail: whoever takes calls of the provider's clients."""
    return by.is_machine or bool(by.roles & DESK)


def mailboxes_visible_to(by: Actor) -> QuerySet[Mailbox]:
    """The mailboxes of one's own provider, open ones first: for its desk and for who runs them."""
    found = Mailbox.objects.select_related("provider", "added_by").order_by("closed_at", "address", "id")
    if by.is_machine:
        return found
    return found.filter(provider=by.organisation_id) if by.roles & (DESK | {Role.PROVIDER_ADMIN}) else found.none()


def mails_visible_to(by: Actor) -> QuerySet[Mail]:
    """What came to the mailboxes of one's own desk, the latest first; about an engagement only whoever sees that."""
    found = Mail.objects.select_related("mailbox", "engagement").defer(*NOT_SHOWN).order_by("-received_at", "-id")
    if by.is_machine:
        return found
    if not is_desk(by):
        return found.none()
    # What it is about is not known before it is settled.
    found = found.exclude(outcome="")
    return found.filter(of_seen_engagements(by), mailbox__provider=by.organisation_id)


def quarantined(by: Actor) -> QuerySet[Mail]:
    """Mails that became nothing yet, and wait for somebody to look at them."""
    return mails_visible_to(by).filter(outcome=Outcome.QUARANTINE.value, dismissed_at=None)


def drafts_visible_to(by: Actor) -> QuerySet[MailDraft]:
    """Drafts of the desk's clients, and those in one's own name, the latest first.

    Nobody else of the client sees one: what it is about may be for few. Once it is reported, whoever sees its
    engagement sees it.
    """
    found = MailDraft.objects.select_related("client", "provider", "person", "engagement")
    found = found.order_by("-received_at", "-id")
    if by.is_machine:
        return found
    own = Q(person=by.person_id) if by.roles & CLIENT_ROLES else Q(pk__in=[])
    mine = own | Q(provider=by.organisation_id) if by.roles & DESK else own
    return found.filter(mine, of_seen_engagements(by))


def drafts_waiting(by: Actor) -> QuerySet[MailDraft]:
    """The drafts that nobody has decided about: who has waited longest first."""
    return drafts_visible_to(by).filter(engagement=None, dismissed_at=None).order_by("received_at", "id")


def mails_waiting(by: Actor) -> dict[str, int]:
    """How many drafts and how many mails of the quarantine wait for somebody who may decide about them."""
    if not may(by, Deed.DISMISS_MAIL):
        return {"drafts": 0, "quarantined": 0}
    return {"drafts": drafts_waiting(by).order_by().count(), "quarantined": quarantined(by).order_by().count()}


def get_mail(mail_id: int, by: Actor) -> Mail:
    """This mail with its text and bytes, or NotFound."""
    return _one(mails_visible_to(by).defer(None), mail_id, "This mail")


def lock_mail(mail_id: int, by: Actor) -> Mail:
    """As `get_mail`, held until the end of the deed; what belongs to it is read after the wait."""
    seen = mails_visible_to(by).select_related(None).defer(None).select_for_update(of=("self",))
    return _one(seen, mail_id, "This mail")


def get_draft(draft_id: int, by: Actor) -> MailDraft:
    """This draft, or NotFound."""
    return _one(drafts_visible_to(by), draft_id, "This draft")


def lock_draft(draft_id: int, by: Actor) -> MailDraft:
    """As `get_draft`, held until the end of the deed."""
    get_draft(draft_id, by)
    found = MailDraft.objects.select_for_update().get(pk=draft_id)
    _check_seen(found.engagement_id, by, "This draft")
    return found


def lock_mailbox(mailbox_id: int, by: Actor) -> Mailbox:
    """This mailbox, held until the end of the deed, or NotFound."""
    return _one(mailboxes_visible_to(by).select_for_update(of=("self",)), mailbox_id, "This mailbox")


# ------------------------------------------------------------------------------------------ mails, for the door


def mailbox_of(secret: str) -> Mailbox | None:
    """The open mailbox whose HTTP door this secret opens."""
    sha256 = hashlib.sha256(secret.encode()).hexdigest()
    return Mailbox.objects.select_related("provider").filter(sha256=sha256, closed_at=None).first()


def mailbox_at(address: str) -> Mailbox | None:
    """The open mailbox with this address."""
    return Mailbox.objects.select_related("provider").filter(address=address, closed_at=None).first()


def mailbox_for(provider_id: int) -> Mailbox | None:
    """The open mailbox at which this provider is answered: its oldest."""
    return Mailbox.objects.filter(provider=provider_id, closed_at=None).order_by("added_at", "id").first()


def reply_key() -> bytes:
    """What signed addresses are signed with; Unreadable where the key of the installation is missing."""
    return derived("reply addresses")


def reply_address(engagement: Engagement, person_id: int) -> str:
    """Where this person answers about this engagement by mail; "" where the provider has no mailbox."""
    box = mailbox_for(engagement.provider_id)
    return signed(box.address, Meant(engagement.pk, person_id), reply_key()) if box else ""


def settled_before(mail: Mail, *, within: timedelta | None = None, **same: str) -> bool:
    """Whether another mail of the mailbox, the same in this, was settled; a fault of ours settles none."""
    found = Mail.objects.filter(mailbox=mail.mailbox_id, **same).exclude(pk=mail.pk).exclude(outcome="")
    found = found if within is None else found.filter(received_at__gt=mail.received_at - within)
    return found.exclude(reason=OURS).exists()


def fetched(mailbox: Mailbox, place: str) -> tuple[set[str], int]:
    """The origins of what was stored last of this folder, and the UID from which on a look has to begin.

    Not after the highest: where two fetched at once, the one with a lower UID may have been killed.
    """
    found = Mail.objects.filter(mailbox=mailbox, origin__startswith=place).order_by("-pk")
    known = set(found.values_list("origin", flat=True)[:LOOKED_BACK])
    uids = [int(one.removeprefix(place)) for one in known]
    return known, min(uids) if len(uids) == LOOKED_BACK else 1


def sent_lately(mail: Mail, sender: str, within: timedelta) -> int:
    """How many mails of this sender came within such a time before this one; what was ignored does not count.

    Answers that were heard at a signed address, and everything else, are counted apart: anybody may forge the latter.
    """
    found = Mail.objects.filter(mailbox=mail.mailbox_id, sender=sender, received_at__gt=mail.received_at - within)
    heard = Q(outcome=Outcome.COMMENT.value)
    found = found.exclude(heard) if mail.engagement is None else found.filter(heard)
    return found.exclude(pk=mail.pk).exclude(outcome=Outcome.IGNORED.value).count()
