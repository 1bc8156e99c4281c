"""The sides and roles of people, and what follows from a role alone; which deed is whose stands in `access`."""

from enum import StrEnum


class Side(StrEnum):
    CLIENT = "client"
    PROVIDER = "provider"
    SYSTEM = "system"


class Role(StrEnum):
    """Personas of domain.md §7 plus the two that are no person: the worker and the one who installs."""

    REQUESTER = "requester"
    APPROVER = "approver"
    CHANGE_MANAGER = "change_manager"
    SERVICE_OWNER = "service_owner"
    SECURITY_OFFICER = "security_officer"
    DATA_OWNER = "data_owner"
    DUTY_MANAGER = "duty_manager"
    CLIENT_FINANCE = "client_finance"
    CLIENT_ADMIN = "client_admin"
    AUDITOR = "auditor"
    DISPATCHER = "dispatcher"
    TECHNICIAN = "technician"
    QUOTING_ENGINEER = "quoting_engineer"
    REVIEWER = "reviewer"
    PROVIDER_FINANCE = "provider_finance"
    PROVIDER_ADMIN = "provider_admin"
    DIRECTOR = "director"
    SYSTEM = "system"
    OPERATOR = "operator"


R = Role
CLIENT_ROLES = frozenset(
    {R.REQUESTER, R.APPROVER, R.CHANGE_MANAGER, R.SERVICE_OWNER, R.SECURITY_OFFICER, R.DATA_OWNER}
    | {R.DUTY_MANAGER, R.CLIENT_FINANCE, R.CLIENT_ADMIN, R.AUDITOR}
)
PROVIDER_ROLES = frozenset(
    {
        R.DISPATCHER,
        R.TECHNICIAN,
        R.QUOTING_ENGINEER,
        R.REVIEWER,
        R.PROVIDER_FINANCE,
        R.PROVIDER_ADMIN,
        R.DIRECTOR,
    }
)
# Roles that see only what they are booked on: a technician who changes sides takes nobody else's tickets along.
FIELD_ROLES = frozenset({R.TECHNICIAN})
# What a machine of an organisation may be: it reports, plans and bills. What is decided, signed, done at the machine
# itself or seen by a second pair of eyes (a quoting engineer reviews a colleague's quote) is done by somebody with a
# name: a token must never be the second pair of eyes of the one who issued it.
MACHINE_ROLES = frozenset({R.REQUESTER, R.CLIENT_FINANCE, R.AUDITOR, R.DISPATCHER, R.PROVIDER_FINANCE})
# A password alone is not enough for these: everybody of the provider, and whoever binds the client's money, opens its
# systems or says who may. People who report, follow and accept get in with a password.
FACTOR_ROLES = PROVIDER_ROLES | frozenset(
    {R.APPROVER, R.DUTY_MANAGER, R.DATA_OWNER, R.SECURITY_OFFICER, R.CHANGE_MANAGER, R.CLIENT_FINANCE, R.CLIENT_ADMIN}
)
