"""Everything that can be read, module by module along the road."""

from ninja import Router

from breakfix.api import (
    agreements,
    alerts,
    approvals,
    assets,
    billing,
    calibration,
    catalogue,
    changes,
    collecting,
    custody,
    diagnosis,
    dispatch,
    escalations,
    histories,
    incidents,
    liaison,
    mails,
    parties,
    parts,
    past,
    quotes,
    reports,
    roster,
    work,
)
from breakfix.api.offers import router

MODULES = (
    *(
        parties,
        roster,
        agreements,
        assets,
        incidents,
        escalations,
        past,
        alerts,
        mails,
        approvals,
        dispatch,
        liaison,
        custody,
        diagnosis,
        collecting,
    ),
    *(parts, catalogue, quotes, calibration, changes, work, reports, billing, histories),
)


def offered() -> Router:
    """The router with every reading: to import a module is to offer what it reads."""
    return router
