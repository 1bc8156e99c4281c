"""What follows a rejected or expired offer: on its page the choices of the client and the prices of the provider."""

from typing import Any

from breakfix.agreements.values import TaxCategory
from breakfix.incidents.values import Status
from breakfix.kernel.access import Deed, may
from breakfix.quotes import dispositions
from breakfix.quotes import queries as quotes
from breakfix.quotes.values import Option
from breakfix.web import panels
from breakfix.web.door import Visit

OPTIONS = [
    (Option.REVISE.value, "Another offer", "Say what is to be different"),
    (Option.SECOND_OPINION.value, "A second opinion", "Somebody else looks at the diagnosis"),
    (Option.NOTHING.value, "Nothing more", "It ends here; the diagnosis stays due"),
]
THINGS = [
    (Option.RETURN.value, "Hand everything back"),
    (Option.DESTROY.value, "Destroy everything, once the data owner releases it"),
]
CATEGORIES = [(one.value, one.value.replace("_", " ").capitalize()) for one in TaxCategory]
WORDS = {
    Option.REVISE: "Another offer is wanted",
    Option.SECOND_OPINION: "A second opinion is wanted",
    Option.RETURN: "Everything is handed back",
    Option.DESTROY: "Everything is destroyed, once the data owner releases it",
    Option.NOTHING: "Nothing more is wanted",
}


def shown(visit: Visit, found: Any) -> dict[str, Any]:
    """What was chosen after this offer, and what this reader may still choose or price."""
    engagement = found.engagement
    chosen = [one for one in dispositions.choices_of(engagement) if one.quote_id == found.pk]
    is_open = dispositions.is_open(found, visit.by)
    if not is_open and not chosen:
        return {"after": None}
    held = dispositions.held(engagement)
    return {
        "after": {
            "open": is_open,
            "chosen": [(one, WORDS[Option(one.option)]) for one in chosen],
            "held": held,
            "priced": _priced(engagement) if is_open and held else [],
            "options": [one for one in OPTIONS if not (held and one[0] == Option.NOTHING)],
            "things": THINGS,
            "categories": CATEGORIES,
            "ends_at": dispositions.given_up_at(found),
        }
    }


def _priced(engagement: Any) -> list[dict[str, Any]]:
    """The price that holds for each way of ending custody, with its tax."""
    found = [(option, dispositions.latest_for(engagement, option)) for option in (Option.RETURN, Option.DESTROY)]
    words = dict(THINGS)
    return [
        {"option": option.value, "words": words[option], "price": one, "gross": dispositions.with_tax(one)}
        for option, one in found
        if one is not None
    ]


def after_panel(visit: Visit, engagement: Any) -> dict[str, Any] | None:
    """From the engagement to the page where the client chooses, and what the provider waits for."""
    if visit.by.field_only or engagement.status != Status.AWAITING_APPROVAL:
        return None
    last = quotes.latest_version(engagement)
    if last is None or not dispositions.is_open(last, visit.by):
        return None
    return {"quote": last, "chooses": may(visit.by, Deed.CHOOSE_OPTION), "prices": _prices(visit, engagement)}


def _prices(visit: Visit, engagement: Any) -> bool:
    return may(visit.by, Deed.PRICE_DISPOSITION) and bool(dispositions.held(engagement))


panels.add(panels.Panel("afterwards", 62, "web/quotes/afterwards_panel.html", after_panel))
