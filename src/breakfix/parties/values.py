"""The words of the parties: what a token may be used for."""

from enum import StrEnum


class Scope(StrEnum):
    """What a token's bearer may do with it; never more than the roles behind it allow."""

    READ = "read"  # every reading, nothing written
    REPORT = "report"  # failures, assets, updates: what a monitoring or inventory system does
    WORK = "work"  # the provider's side of an engagement: desk, diagnosis, quotes, visits, invoices
    DECIDE = "decide"  # approvals, signatures, acceptance
    MANAGE = "manage"  # people, roles, sites, roster, agreements
