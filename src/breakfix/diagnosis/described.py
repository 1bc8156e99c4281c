"""Whether what the domain files refer to is there: for `breakfix doctor`, before an engagement finds it out."""

import sys

from django.db import DatabaseError

from breakfix.agreements import queries as agreements
from breakfix.diagnosis import queries
from breakfix.incidents.models import Engagement
from breakfix.kernel import fence
from breakfix.roster import queries as roster
from breakfix.roster.taxonomy import VARIABLE, DomainFileError
from breakfix.roster.values import Domain


def faults() -> list[str]:
    """What a domain file refers to and nobody finds, and domains that are still in use without a file."""
    return written() + unknown()


def written() -> list[str]:
    """What stands in a domain's file and nobody finds: its protocol, an item of it, a certificate."""
    found, certificates = [], {row.code for row in roster.catalogue()}
    for domain in Domain:
        asked = dict.fromkeys(code for group in domain.described.certificates for code in group.any_of)
        strange = (code for code in asked if code not in certificates)
        found += [f"{domain}.yaml: certificates: the catalogue has no {code}." for code in strange]
        try:
            protocol = queries.protocol_for(domain.value)
        except DomainFileError as wrong:
            found.append(str(wrong))
            continue
        wanted = [field for field in domain.described.report.fields if field.check]
        for field in wanted:
            if protocol.find(field.check) is None:
                name = f"{domain}.yaml: report.fields: {field.id}"
                found.append(f"{name} takes the reading of {field.check}, which {protocol.name} does not have.")
    return found


def unknown() -> list[str]:
    """Domains that engagements or agreements name and no file describes: nothing under them could be opened."""
    known = {domain.value for domain in Domain}
    met = Engagement.objects.order_by("domain").values_list("domain", flat=True).distinct()
    found = [f"{one}: stands on engagements, and no file describes it." for one in met if one not in known]
    agreed = sorted(agreements.domains_named() - known)
    return found + [f"{one}: stands in agreements, and no file describes it." for one in agreed]


def check_start() -> None:
    """End this process, saying which domain is missing or wrong, rather than fail at its first engagement.

    Without tables, or without a database, there is nothing to miss yet: `breakfix doctor` and /readyz tell of that.
    """
    if wrong := written():
        sys.exit("Error: " + "\n".join(wrong))
    try:
        with fence.as_machine():
            missing = unknown()
    except DatabaseError:
        return
    if missing:
        remedy = f"Put its file back into the folder that {VARIABLE} names, and name that folder to every process."
        sys.exit("Error: " + "\n".join([*missing, remedy]))
