"""The form for a word on the engagement's page: nothing typed is lost, and it is shown to whoever may say one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.test import Client

from breakfix.incidents.actions import course
from breakfix.incidents.values import HoldReason
from tests import makers_incidents
from tests.makers import World

SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]


def test_word_is_said_on_the_page_and_stands_in_what_happened(world: World, sign_in: SignIn, forms: Forms) -> None:
    address = f"/engagements/{makers_incidents.acknowledged(world).pk}"
    dana, rita = sign_in("dana"), sign_in("rita")
    form = forms(dana.get(address))["comment"]
    refused = dana.post(form["action"], {**form["fields"], "text": "It is <b>$500</b>"})
    assert refused.status_code in (409, 422)
    assert "&lt;b&gt;$500&lt;/b&gt;</textarea>" in refused.content.decode()
    assert "amounts go into a quote" in refused.content.decode()
    said = dana.post(form["action"], {**form["fields"], "text": "Is the <b>door</b> open?"})
    assert (said.status_code, said["Location"].partition("#")[0]) == (303, address)
    assert "Is the &lt;b&gt;door&lt;/b&gt; open?" in rita.get(address).content.decode()


def test_form_is_for_whoever_may_say_something(world: World, sign_in: SignIn, forms: Forms) -> None:
    engagement = makers_incidents.acknowledged(world)
    address = f"/engagements/{engagement.pk}"
    for who in ("rita", "alice", "dana", "quinn"):
        assert "comment" in forms(sign_in(who).get(address)), who
    ada = sign_in("ada")
    assert "comment" not in forms(ada.get(address))
    assert ada.post(f"{address}/comment", {"text": "Hello"}).status_code == 403
    assert sign_in("charlie").post(f"{address}/comment", {"text": "Hello"}).status_code == 404
    reason, at = HoldReason.AWAITING_CLIENT_INFO, makers_incidents.ACKNOWLEDGED + timedelta(minutes=1)
    course.hold(engagement.pk, reason=reason, question="Which door?", by=world.actor("dana"), at=at)
    shown = forms(sign_in("rita").get(address))
    assert ("comment" in shown, "resume" in shown) == (False, True)  # the question has a form of its own
    assert "comment" in forms(sign_in("alice").get(address))
