"""Who reads what over the API, on Northgate's finished engagement: for everybody else it is not there (404).

The names are those of the operations without `read_`. Lists without an id are there for whoever may have one; what
is in them is each reader's own.
"""

from tests.web.rows import CLIENT, DESK, EVERYBODY, OFFICE, OTHER_CLIENT, PARTY

READERS: dict[str, str] = {
    # ---- one's own
    **dict.fromkeys(("me", "organisations", "sites", "people", "agreement_list", "asset_list"), EVERYBODY),
    **dict.fromkeys(("services", "cover_list", "engagements", "needs", "booking_list", "past_incidents"), EVERYBODY),
    **dict.fromkeys(("delegations", "authorities"), f"{CLIENT} {OTHER_CLIENT}"),
    **dict.fromkeys(("technicians", "insurance"), f"{DESK} cal"),
    # What an auditor of the client has to see is nobody else's.
    "findings": f"{CLIENT} {OTHER_CLIENT}",
    # How well somebody estimates is known to whoever estimates there, and to nobody of a client.
    **dict.fromkeys(("calibrated", "settled_offers"), "quinn rex percy dirk cal"),
    "finding": CLIENT,
    "dossier_entries": "rita seth sol nora hana hugo",
    "technician": DESK,
    "alerts": f"{CLIENT} dana dirk {OTHER_CLIENT} cal",
    "alert": f"{CLIENT} dana dirk",
    "alert_sources": f"{CLIENT} dana dirk {OTHER_CLIENT} cal",
    "mails": "dana dirk cal",
    "mail": "dana dirk",
    "mail_drafts": "rita seth dana dirk hana cal",
    "mail_draft": "rita dana dirk",
    "mailboxes": "dana percy dirk cal",
    "catalogue_parts": f"{DESK} fay cal",
    "catalogue_part": f"{DESK} fay",
    "invoices": "rita alice seth ada nora finn fay percy dirk charlie hana hugo cal",
    # Prices stand in the log, so it is not for field staff.
    "log": f"{OFFICE} {OTHER_CLIENT} cal",
    "log_entry": "ada nora sol percy dirk hugo cal",
    # An agreement opened Northgate to its provider, and another one to Calder.
    **dict.fromkeys(("organisation", "site", "person"), f"{OFFICE} cal"),
    # ---- what was agreed, and what costs money: not for field staff
    **dict.fromkeys(("agreement", "agreement_versions", "agreement_version", "asset"), OFFICE),
    **dict.fromkeys(
        ("forensic_fee", "forensic_extensions", "rounds", "approval", "quote_list", "quote"),
        OFFICE,
    ),
    **dict.fromkeys(("statements_of_work", "credit_holds", "credit_overrides"), OFFICE),
    **dict.fromkeys(("invoices_of", "invoice", "documents", "engagement_files"), OFFICE),
    # ---- what happened
    **dict.fromkeys(("engagement", "timeline", "bookings", "booking", "checks", "root_causes", "root_cause"), PARTY),
    **dict.fromkeys(("part_orders", "part_order", "change_list", "change", "work_orders", "work_order"), PARTY),
    **dict.fromkeys(("custody_items", "handovers", "recoveries"), PARTY),
    **dict.fromkeys(("dossier_readings", "loan_list", "collections"), PARTY),
    # On the page, too: the client's keepers, and whoever is booked, who has to open it first.
    "dossier_revealed": "rita seth sol nora tom",
    **dict.fromkeys(("vendor_case_list", "escalation_list", "drill_list"), EVERYBODY),
    **dict.fromkeys(("escalations_of", "downgrades"), PARTY),
    **dict.fromkeys(("vendor_cases_of", "vendor_case", "vendor_contacts", "vendor_promises", "letters"), PARTY),
    # Empty for field staff: what a client pays its carrier is none of theirs.
    "vendor_claims": PARTY,
    # Cost is the provider's own.
    "supplier_offers": f"{DESK} fay",
    **dict.fromkeys(("access", "report_list", "report", "packs", "file"), PARTY),
}
