"""Copying a catalogue row into the tables, when somebody first holds that certification."""

from breakfix.roster.models import Certification
from breakfix.roster.values import CatalogueRow


def copy_certification(row: CatalogueRow) -> Certification:
    """The table's row of this certification, brought to what the packaged catalogue says now."""
    values = {
        "name": row.name,
        "vendor": row.vendor,
        "level": row.level,
        "domain": row.domain,
        "validity": row.validity.value,
        "months": row.months,
        "validity_because": row.validity_because,
        "renewal": row.renewal,
        "basis": row.basis,
        "source": row.source,
    }
    certification, _ = Certification.objects.update_or_create(code=row.code, defaults=values)
    return certification
