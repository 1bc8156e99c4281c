"""The demo world's agreements: drafted by the operator, signed by an administrator of each side."""

from datetime import datetime
from typing import Any

from breakfix.agreements import actions
from breakfix.agreements.clauses.fields import OWN
from breakfix.agreements.models import AgreementVersion
from breakfix.kernel.access import OPERATOR
from tests.makers import World

# What differs from the defaults; the story of domain.md §8 S1 states these figures.
NORTHGATE_TERMS: dict[str, Any] = {
    "forensic": {"credit_pct": "100", "preauthorised": True},
    "tax": {
        "jurisdiction": "New York, NY",
        "rates": dict.fromkeys(
            (
                "parts",
                "hw_labour",
                "professional_labour",
                "data_recovery",
                "freight",
                "travel",
                "fees",
            ),
            "8.875",
        ),
    },
    "calendar": {"holidays": {"country": "US", "subdivision": "NY"}},
}
HARBORVIEW_TERMS: dict[str, Any] = {
    "tax": {"jurisdiction": "Illinois", "rates": {"parts": "10.25"}},
    "calendar": {"holidays": {"country": "US", "subdivision": "IL"}},
}
# provider, client, who answers for it, who signs for each side, terms
AGREEMENTS: tuple[tuple[str, str, str, str, str, dict[str, Any]], ...] = (
    ("ironbridge", "northgate", "dana", "percy", "nora", NORTHGATE_TERMS),
    ("ironbridge", "harborview", "dana", "percy", "hugo", HARBORVIEW_TERMS),
    ("calder", "northgate", "cal", "cal", "nora", {}),
)


def drafted(
    world: World,
    provider: str,
    client: str,
    accountable: str,
    terms: dict[str, Any],
    effective_at: datetime | None = None,
) -> AgreementVersion:
    """A first version that nobody has signed; it begins from the example, so that it can be."""
    entities = {
        side: {"address": f"{slug}'s registered office"}
        for side, slug in (("provider", provider), ("client", client))
    }
    return actions.draft_agreement(
        world.organisation(provider).pk,
        world.organisation(client).pk,
        accountable_person_id=world.people[accountable].pk,
        template="example",
        terms={
            "entities": entities,
            "statements": {"agreed": dict.fromkeys(OWN, True)},
            **terms,
            "tax": {"jurisdiction": "Nowhere", **terms.get("tax", {})},
        },
        effective_at=effective_at,
        by=OPERATOR,
        at=world.at,
    )


def signed(world: World, version: AgreementVersion, *signers: str, at: datetime | None = None) -> AgreementVersion:
    """This version signed by these people in turn, each shown its present hash."""
    at = at or world.at
    for key in signers:
        by = world.actor(key, confirmed_at=at)
        sha256 = version.sha256
        version = actions.sign_agreement(version.pk, shown_sha256=sha256, typed_name=by.name, by=by, at=at)
    return version


def sign_agreements(world: World) -> None:
    """Put every agreement of the demo world in force: `world.agreements["northgate"]` is Ironbridge's."""
    for provider, client, accountable, for_provider, for_client, terms in AGREEMENTS:
        version = drafted(world, provider, client, accountable, terms)
        key = client if provider == "ironbridge" else f"{provider}/{client}"
        world.agreements[key] = signed(world, version, for_provider, for_client)
