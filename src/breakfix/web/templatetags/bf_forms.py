"""The components' tags for forms: a deed's form, its fields, its rows, and what was refused."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.http import HttpRequest
from django.template.base import FilterExpression, NodeList, Parser, Token, token_kwargs
from django.template.loader import render_to_string

from breakfix.kernel.access import Deed, may
from breakfix.kernel.errors import Refused

register = template.Library()
NEVER_REPEATED = {"password", "file"}


@register.tag
def deedform(parser: Parser, token: Token) -> "DeedForm":
    """`{% deedform "acknowledge" address submit="Acknowledge" %} fields {% enddeedform %}`: the form of one deed.

    Shows nothing to somebody whose roles do not include the deed. Options: `submit` the button's words; `fold` a
    summary under which the form is folded away until it is needed; `tone` main, plain or grave; `confirm` true asks
    for the password again; `files` true for uploads; `next` where to go afterwards (default: this page);
    `note` a sentence beside the button; `key_field` and `key` where a page has one such form for each of several
    things at one address: sent along, and it tells which of them was refused.
    """
    words = token.split_contents()[1:]
    options = token_kwargs(words[2:], parser)
    body = parser.parse(("enddeedform",))
    parser.delete_first_token()
    return DeedForm(parser.compile_filter(words[0]), parser.compile_filter(words[1]), options, body)


class DeedForm(template.Node):
    """Renders its fields first, so that they know whose they are, then the form around them."""

    def __init__(
        self, deed: FilterExpression, to: FilterExpression, options: dict[str, FilterExpression], body: NodeList
    ) -> None:
        self.deed, self.to, self.options, self.nodelist = deed, to, options, body

    def render(self, context: template.Context) -> str:
        deed, visit = str(self.deed.resolve(context)), context.get("visit")
        if visit is None or not may(visit.by, Deed(deed)):
            return ""
        options = {name: value.resolve(context) for name, value in self.options.items()}
        to, key = self.to.resolve(context), str(options.get("key", ""))
        no = _refusal_of(context, deed, to, str(options.get("key_field", "")), key)
        # The one that was refused goes by the deed's name alone: that is where the refusal's link leads.
        mine = {"form_id": f"{deed}-{key}" if key and no is None else deed, "form_no": no}
        with context.push(**mine):
            body = self.nodelist.render(context)
        frame = {"deed": deed, "to": to, "body": body, "next": _back(visit.request), "tone": "main"}
        frame |= {"submit": deed.replace("_", " ").capitalize(), "no": mine["form_no"], **mine, **options}
        with context.push(**frame):
            flat: Any = context.flatten()
            return render_to_string("web/components/deedform.html", flat)


def _back(request: HttpRequest) -> str:
    """Where the reader is, also on a page that is shown again after a refusal."""
    return request.POST.get("next", "") if request.method == "POST" else request.get_full_path()


def _refusal_of(context: template.Context, deed: str, to: str, key_field: str, key: str) -> Refused | None:
    """The refusal, if it is this very form that was refused."""
    typed, request = context.get("typed"), context["visit"].request
    if typed is None or typed.deed != deed or (request.method == "POST" and (typed.sent_to or request.path) != to):
        return None
    return typed.refusal if not key_field or typed.values.get(key_field, "") == key else None


@register.inclusion_tag("web/components/field.html", takes_context=True)
def field(
    context: template.Context,
    name: str,
    label: str,
    kind: str = "text",
    *,
    value: Any = "",
    help: str = "",
    required: bool = True,
    choices: Any = None,
    unchecked: str = "",
    unit: str = "",
    **attributes: Any,
) -> dict[str, Any]:
    """One labelled input of a deed's form: keeps what was typed, shows the refusal that names it.

    `kind`: text, textarea, number, money, date, datetime, file, select, radio, checkbox, password, hidden.
    `choices`: pairs (value, label) or triples with a hint. `unchecked`: what an empty checkbox sends (needed where
    the argument's default is true). `unit`: shown behind the input. `value` of a datetime is an instant. Extra
    attributes (min, max, step, rows, autocomplete, placeholder ...) go onto the input.
    """
    no: Refused | None = context.get("form_no")
    if no is not None and kind not in NEVER_REPEATED:
        value = context["typed"].values.get(name, "")
    return {
        "name": name,
        "id": f"{context.get('form_id') or 'f'}-{name}",
        "label": label,
        "kind": kind,
        "type": {"money": "text", "number": "text", "datetime": "datetime-local"}.get(kind, kind),
        "value": _shown(value, context.get("zone") or "UTC"),
        "help": help,
        "required": required,
        "choices": [_choice(option) for option in choices or ()],
        "unchecked": unchecked,
        "unit": unit,
        "zone": context.get("zone") or "UTC",
        "fault": no if no is not None and no.field == name else None,
        "attributes": {key.replace("_", "-"): val for key, val in attributes.items()},
    }


def _choice(option: Any) -> tuple[str, str, str]:
    value, label, *hint = option
    return str(value), str(label), str(hint[0]) if hint else ""


def _shown(value: Any, zone: str) -> str:
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")
    return "" if value is None else str(value)


@register.simple_tag(takes_context=True)
def row_numbers(context: template.Context, name: str, least: int = 1) -> range:
    """0, 1, ... for a list of rows in a deed's form: as many as were typed, at least `least`."""
    typed = context["typed"].values if context.get("form_no") else {}
    rests = [key.removeprefix(f"{name}-").partition("-")[0] for key in typed if key.startswith(f"{name}-")]
    numbers = [int(rest) for rest in rests if rest.isdecimal() and len(rest) < 4]
    return range(max([least, *(number + 1 for number in numbers)]))


@register.inclusion_tag("web/components/refusal.html", takes_context=True)
def refusal(context: template.Context) -> dict[str, Any]:
    """Why the last deed was not done: at the top of the page, focused and announced, with the way to the field."""
    typed = context.get("typed")
    if typed is None or typed.refusal is None:
        return {"no": None}
    no: Refused = typed.refusal
    return {"no": no, "target": f"{typed.deed}-{no.field}" if no.field else f"deed-{typed.deed}"}


@register.inclusion_tag("web/components/named_person.html", takes_context=True)
def named_person(context: template.Context, number: int, key: int, name: str) -> dict[str, Any]:
    """One of several checkboxes that fill one list argument."""
    field_name = f"named_people-{number}"
    typed = context["typed"].values if context.get("form_no") else {}
    return {"name": field_name, "key": key, "label": name, "checked": typed.get(field_name) == str(key)}
