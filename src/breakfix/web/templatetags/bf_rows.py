"""Tags for lists inside a deed's form: rows of fields, and lists of ticks."""

from typing import Any

from django import template

from breakfix.web.templatetags.bf_forms import field

register = template.Library()


@register.inclusion_tag("web/components/tick.html", takes_context=True)
def tick(
    context: template.Context, name: str, number: int, value: str, label: str, given: Any = ()
) -> dict[str, Any]:
    """One of several checkboxes that fill one list argument: `acknowledged-0` with the value R1.

    `given` are the values ticked before; after a refusal it is what was ticked then.
    """
    full = f"{name}-{number}"
    refused = context.get("form_no")
    checked = context["typed"].values.get(full) == value if refused else value in (given or ())
    return {
        "name": full,
        "id": f"{context.get('form_id') or 'f'}-{full}",
        "value": value,
        "label": label,
        "checked": checked,
    }


@register.inclusion_tag("web/components/field.html", takes_context=True)
def cell(
    context: template.Context, row: dict[str, Any], key: str, label: str, kind: str = "text", **options: Any
) -> dict[str, Any]:
    """One field of a row of `rows_of`: named after the row, never required, so that an empty row vanishes."""
    value: Any = row
    for step in key.split("-"):
        value = value.get(step, "") if isinstance(value, dict) else ""
    return field(context, f"{row['base']}-{key}", label, kind, value=value, required=False, **options)


@register.inclusion_tag("web/components/field.html", takes_context=True)
def entry_of(
    context: template.Context, row: dict[str, Any], label: str, kind: str = "text", **options: Any
) -> dict[str, Any]:
    """One plain entry of a list of texts: `rollback-0`."""
    return field(context, row["base"], label, kind, value=row.get("value", ""), required=False, **options)
