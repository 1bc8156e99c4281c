"""Who was let in on a restricted engagement, why and until when: letting one more person in, and taking it back."""

from typing import Any

from django.http import HttpResponse
from django.urls import path, register_converter

from breakfix.incidents import queries as incidents
from breakfix.kernel.access import Deed, may
from breakfix.parties import actions
from breakfix.parties import queries as parties
from breakfix.web import panels
from breakfix.web.door import Visit, deed
from breakfix.web.engagement import engagement


class EngagementTopic:
    """`engagements/5` in an address is the topic `engagement/5` of the deed."""

    regex = "engagements/[0-9]+"

    def to_python(self, value: str) -> str:
        return value.replace("engagements/", "engagement/", 1)

    def to_url(self, value: str) -> str:
        return value.replace("engagement/", "engagements/", 1)


register_converter(EngagementTopic, "topic")


def engagement_of(visit: Visit, topic: str) -> HttpResponse:
    """The page on which people are let in."""
    return engagement(visit, int(topic.rpartition("/")[2]))


def let_in_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """Who was let in, with the forms for whoever decides about it; nothing where everybody of both sides sees it."""
    if not found.need_to_know:
        return None
    holders = list(incidents.topic_holders(found))
    known = {grant.person_id for grant in holders}
    decides = may(visit.by, Deed.SHARE_TOPIC)
    people = parties.people_visible_to(visit.by).filter(organisation__in=found.party_ids) if decides else ()
    return {
        "holders": holders,
        "people": [(one.pk, f"{one.name}, {one.organisation.name}") for one in people if one.pk not in known],
    }


panels.add(panels.Panel("let_in", 5, "web/engagement/let_in.html", let_in_panel, "side"))
urlpatterns = [
    path(
        "<topic:topic>/share_topic",
        deed(actions.share_topic, on=engagement_of, done="Let in. They see it from now on."),
        name="share_topic",
    ),
    path(
        "<topic:topic>/withdraw_topic",
        deed(actions.withdraw_topic, on=engagement_of, done="They see it no longer."),
        name="withdraw_topic",
    ),
]
