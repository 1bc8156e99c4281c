"""The route test: is it ours to repair, or does somebody else owe it already (domain.md A5)?"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from breakfix.agreements.models import AgreementVersion
from breakfix.agreements.values import Domain
from breakfix.assets import queries as assets
from breakfix.assets.models import Cover as CoverRow
from breakfix.assets.values import CoverKind
from breakfix.incidents import outside
from breakfix.incidents.models import Engagement, StatementOfWork
from breakfix.incidents.queries import terms
from breakfix.incidents.rules.intake import Cover
from breakfix.incidents.rules.routing import OwnPeople, advise
from breakfix.incidents.values import Status
from breakfix.kernel import fence
from breakfix.kernel.worktime.zones import local_date, micros
from breakfix.roster import queries as roster
from breakfix.roster.rules import insurance_gaps

A_YEAR = timedelta(days=365)
NO_PRACTICE = (Status.CANCELLED.value, Status.DECLINED.value)  # nobody repaired anything


def route_test(engagement: Engagement, at: datetime, *, statements: Sequence[StatementOfWork] | None = None) -> Cover:
    """In scope? covered by a vendor? insured? What `qualify` decides on, and what the desk is shown before.

    `statements`: those of work put to the client, where somebody read them already.
    """
    agreed, domain = terms(engagement), Domain(engagement.domain)
    first = AgreementVersion.objects.filter(
        agreement=engagement.agreement_version.agreement_id, effective_at__isnull=False
    ).earliest("effective_at")
    gaps = insurance_gaps(
        [policy.facts for policy in roster.insurance_of(engagement.provider_id)],
        terms=agreed.insurance,
        currency=engagement.currency,
        domain=domain,
        insured=engagement.provider.legal_name,
        at=at,
        through=at,
        zone=engagement.zone,
        agreement_began_on=local_date(micros(first.effective_at or at), engagement.zone),
    )
    today = local_date(micros(engagement.submitted_at), engagement.zone)
    covers = assets.covers_of(
        engagement.client_id,
        asset_id=engagement.asset_id,
        site_id=engagement.site_id,
        domain=engagement.domain,
        day=today,
    )
    found = Cover(
        domain=domain,
        in_scope=domain in agreed.scope.domains,
        warranty_until=engagement.asset.warranty_until if engagement.asset else None,
        today=today,
        insurance_gaps=tuple(gaps),
        covers=tuple(str(one) for one in covers if not one.facts.is_own),
        fee_agreed=domain in agreed.forensic.fees,
        excluded=outside.excluded(engagement, statements),
        own=_own_people(engagement, covers),
    )
    kinds = {one.kind for one in covers}
    warranty = found.vendor_covers or CoverKind.VENDOR_WARRANTY in kinds
    contract, service = CoverKind.VENDOR_CONTRACT in kinds, CoverKind.MANAGED_SERVICE in kinds
    return replace(found, advice=advise(warranty=warranty, contract=contract, service=service, own=found.own))


def _own_people(engagement: Engagement, covers: Sequence[CoverRow]) -> OwnPeople:
    """Who of the client can repair it, and how much they are in practice; asked only where somebody can.

    What is restricted to named people counts nowhere, so it does not count here.
    """
    named = tuple(one.facts.named for one in covers if one.facts.is_own)
    if not named:
        return OwnPeople()
    same = {"client": engagement.client_id, "provider": engagement.provider_id, "domain": engagement.domain}
    since = engagement.submitted_at - A_YEAR
    with fence.as_machine():  # the desk sees them all, whoever else reads the route test sees but their number
        before = Engagement.objects.filter(**same, need_to_know=False, merged_into=None).exclude(
            status__in=NO_PRACTICE
        )
        times = before.filter(submitted_at__gte=since, submitted_at__lt=engagement.submitted_at).count()
    return OwnPeople(named, Domain(engagement.domain).described.level, times)
