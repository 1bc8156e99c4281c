"""What a story calls things: short names to ids, and which thing a deed means when none is named."""

from dataclasses import dataclass, field
from typing import Any

from breakfix.cli.story.format import StoryError

# What kind of thing an argument names. The story leaves out `_id`: `asset: backup-01` fills `asset_id`.
KIND_OF = {
    "organisation_id": "organisation",
    "client_id": "organisation",
    "provider_id": "organisation",
    "site_id": "site",
    "person_id": "person",
    "requester_id": "person",
    "delegate_id": "person",
    "delegator_id": "person",
    "peer_id": "person",
    "technician_id": "technician",
    "technicians": "technician",
    "asset_id": "asset",
    "service_id": "service",
    "version_id": "agreement",
    "engagement_id": "engagement",
    "accountable_person_id": "person",
    "certificate_id": "certificate",
    "delegation_id": "delegation",
    "booking_id": "booking",
    "quote_id": "quote",
    "change_order_id": "change order",
    "offer_id": "offer",
    "loaner_id": "loaner",
    "loan_id": "loan",
    "disposition_id": "disposition",
    "catalogue_part_id": "listed part",
    "named_people": "person",
}
# What a step's `as: name` is the name of, by the deed that made it.
MADE_BY = {
    "register_organisation": "organisation",
    "open_site": "site",
    "enrol_person": "person",
    "enrol_technician": "technician",
    "record_certification": "certificate",
    "draft_agreement": "agreement",
    "revise_agreement": "agreement",
    "register_service": "service",
    "register_asset": "asset",
    "report_failure": "engagement",
    "delegate": "delegation",
    "dispatch_technician": "booking",
    "book_specialist": "booking",
    "draft_quote": "quote",
    "propose_change_order": "change order",
    "note_offer": "offer",
    "add_loaner": "loaner",
    "add_catalogue_part": "listed part",
    "offer_loaner": "loan",
    "price_disposition": "disposition",
}


@dataclass
class Names:
    """Short names given so far, by kind; shared by the stories that are played into one database."""

    known: dict[tuple[str, str], int] = field(default_factory=dict)
    emails: dict[str, str] = field(default_factory=dict)
    engagement_id: int | None = None

    def give(self, kind: str, name: str, row_id: int) -> None:
        self.known[kind, name] = row_id

    def has(self, kind: str, name: str) -> bool:
        return (kind, name) in self.known

    def id_of(self, kind: str, name: Any, where: str) -> int:
        """The id behind a short name; a wrong name is answered with the names there are.

        A number is taken as an id as it stands: stories use that to try the ids of others.
        """
        if isinstance(name, int):
            return name
        try:
            return self.known[kind, str(name)]
        except KeyError:
            there = ", ".join(sorted(n for k, n in self.known if k == kind)) or "none yet"
            raise StoryError(f"{where}: there is no {kind} called {name!r}; there is: {there}") from None
