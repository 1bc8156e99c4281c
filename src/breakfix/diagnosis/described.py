"""Whether what the domain files refer to is there: for `breakfix doctor`, before an engagement finds it out."""

from breakfix.diagnosis import queries
from breakfix.incidents.models import Engagement
from breakfix.roster.taxonomy import DomainFileError
from breakfix.roster.values import Domain


def faults() -> list[str]:
    """What a domain file refers to and nobody finds: its protocol, an item of it, a domain that is still in use."""
    found = []
    for domain in Domain:
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
    known = {domain.value for domain in Domain}
    met = Engagement.objects.order_by("domain").values_list("domain", flat=True).distinct()
    return found + [f"{one}: stands on engagements, and no file describes it." for one in met if one not in known]
