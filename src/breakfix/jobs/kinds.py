"""Loads every handler: importing a page of this door registers what it carries out."""

import importlib

PAGES = (
    "news",
    "notices",
    "mail",
    "alarms",
    "alerts",
    "vendors",
    "insurers",
    "keepers",
    "questions",
    "windows",
    "escalations",
    "approvals",
    "phoning",
    "quotes",
    "work",
    "documents",
    "closure",
    "credits",
    "credit_holds",
    "holidays",
    "agreement_ends",
    "accounts",
    "fetching",
)


def load() -> None:
    """Make every task kind known; importing twice changes nothing."""
    for page in PAGES:
        importlib.import_module(f"breakfix.jobs.{page}")
