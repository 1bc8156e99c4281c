"""The route test: is it ours to repair, or does somebody else owe it already (domain.md A5)?"""

from datetime import datetime

from breakfix.agreements.models import AgreementVersion
from breakfix.agreements.values import Domain
from breakfix.assets import queries as assets
from breakfix.incidents.models import Engagement
from breakfix.incidents.queries import terms
from breakfix.incidents.rules.intake import Cover
from breakfix.kernel.worktime.zones import local_date, micros
from breakfix.roster import queries as roster
from breakfix.roster.rules import insurance_gaps


def route_test(engagement: Engagement, at: datetime) -> Cover:
    """In scope? covered by a vendor? insured? What `qualify` decides on, and what the desk is shown before."""
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
    return Cover(
        domain=domain,
        in_scope=domain in agreed.scope.domains,
        warranty_until=engagement.asset.warranty_until if engagement.asset else None,
        today=today,
        insurance_gaps=tuple(gaps),
        covers=tuple(str(one) for one in covers),
        fee_agreed=domain in agreed.forensic.fees,
    )
