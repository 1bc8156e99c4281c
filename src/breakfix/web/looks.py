"""Words, tones and icons of what the pages show: the whole vocabulary of looks in one place."""

PRIORITY_WORDS = {"P1": "▲ P1", "P2": "△ P2", "P3": "P3", "P4": "P4"}

VERDICT_TONES = {"met": "good", "running": "plain", "paused": "wait", "missed": "bad", "void": "mute"}

CLOCK_WORDS = {
    "ACK": "Acknowledge",
    "ENGAGE": "Engineer",
    "ONSITE": "On site",
    "QUOTE": "Quote",
    "UPDATE": "Next update",
    "RESTORE": "Restore",
}

SEAT_WORDS = {"any": "anybody with authority", "it": "IT", "finance": "finance", "executive": "an executive"}

# Why work waits, as somebody would say it. Nobody put an engagement on hold by hand when a decision is asked for.
HOLD_WORDS = {
    "AWAITING_CLIENT_APPROVAL": "Waiting for {client} to decide",
    "AWAITING_CLIENT_INFO": "Waiting for an answer of {client}",
    "AWAITING_CLIENT_ACCESS": "Waiting for access",
    "AWAITING_CHANGE_WINDOW": "Waiting for the change window",
    "AWAITING_THIRD_PARTY": "Waiting for a third party",
    "AWAITING_PARTS": "Waiting for parts",
    "FORCE_MAJEURE": "Force majeure: work is suspended",
    "PROVIDER_INTERNAL": "On hold by {provider}",
}

# Entries that the story only mentions in passing, one and many: runs of them stand behind one line.
MINOR_WORDS = {
    "clock.warned": ("clock warning", "clock warnings"),
    "escalation.asked": ("step of the ladder", "steps of the ladder"),
    "escalation.advanced": ("step without an answer", "steps without an answer"),
    "check.recorded": ("protocol step", "protocol steps"),
    "attempt.logged": ("call for a decision", "calls for a decision"),
    "attempt.acknowledged": ("answer of the gateway", "answers of the gateway"),
    "document.rendered": ("document filed", "documents filed"),
    "quote.evidence_attached": ("supplier's offer kept", "suppliers' offers kept"),
}

# Deeds that move the story: their lines stand out.
MAJOR = frozenset(
    {
        *("engagement.submitted", "engagement.reprioritised", "engagement.declined", "engagement.held"),
        "downgrade.consented",
        *("engagement.restored", "engagement.resolved", "engagement.cancelled", "engagement.closed"),
        *("engagement.merged", "engagement.joined", "vendor_case.opened", "vendor_case.closed"),
        *("contact.made", "engineer.arrived", "root_cause.issued", "quote.issued", "quote.approved"),
        *("quote.rejected", "quote.expired", "change.approved", "change.rejected", "work.started"),
        *("work.stopped", "work.rolled_back", "work.refused", "work.accepted", "restoration.disputed"),
        *("report.issued", "ratification.accepted", "ratification.refused", "ratification.lapsed"),
        *("invoice.issued", "credit_note.issued", "pack.sealed"),
    }
)

# What a state asks of people, as (tone, icon); states of all modules share their words.
STATE_TONES = {
    **dict.fromkeys(("SUBMITTED", "REOPENED", "NOTIFIED", "DECIDING", "ASKED"), ("wait", "bell")),
    **dict.fromkeys(("AWAITING_APPROVAL", "PROPOSED", "PEER_REVIEW", "PENDING"), ("wait", "hourglass")),
    **dict.fromkeys(("ON_HOLD", "PAUSED"), ("wait", "player-pause")),
    **dict.fromkeys(("DISPATCHED", "ORDERED", "SHIPPED", "IN_TRANSIT", "CORE_SHIPPED"), ("info", "truck")),
    **dict.fromkeys(("DIAGNOSING", "IN_PROGRESS", "ON_SITE", "STARTED"), ("info", "tool")),
    **dict.fromkeys(("ACKNOWLEDGED", "QUALIFIED", "QUOTE_PENDING", "SCHEDULED", "ISSUED", "OPEN"), ("info", "")),
    **dict.fromkeys(("APPROVED", "SIGNED", "RESTORED", "RESOLVED", "ACCEPTED", "MET"), ("good", "check")),
    **dict.fromkeys(("VERIFIED", "INSTALLED", "RECEIVED", "PAID", "DONE", "RATIFIED"), ("good", "check")),
    "IN_CUSTODY": ("info", "lock"),
    **dict.fromkeys(("RETURNED", "DESTROYED"), ("good", "check")),
    **dict.fromkeys(("INSPECTED", "REPLACED", "REFUNDED", "CORE_CREDITED"), ("good", "check")),
    **dict.fromkeys(("DOA", "FAILED_IN_WARRANTY"), ("bad", "circle-x")),
    **dict.fromkeys(("RMA_OPEN", "CORE_DUE"), ("wait", "hourglass")),
    **dict.fromkeys(("REJECTED", "DECLINED", "LAPSED", "MISSED", "ROLLED_BACK", "FAILED"), ("bad", "circle-x")),
    "REFUSED": ("bad", "circle-x"),
    **dict.fromkeys(("CLOSED", "CANCELLED", "DRAFT", "ENDED", "EXPIRED"), ("mute", "")),
    **dict.fromkeys(("SUPERSEDED", "WITHDRAWN", "SETTLED", "VOID"), ("mute", "")),
}

# What the timeline shows beside an entry: by its kind, else by the noun of its kind.
KIND_ICONS = {
    "engagement.acknowledged": "phone-call",
    "engagement.qualified": "progress-check",
    "engagement.declined": "circle-x",
    "engagement.held": "player-pause",
    "question.repeated": "hourglass",
    "change_order.waited_for": "player-pause",
    "engagement.resumed": "player-play",
    **dict.fromkeys(("engagement.updated", "engagement.commented"), "message"),
    "engagement.reprioritised": "flag",
    "engagement.restored": "activity",
    "engagement.resolved": "checks",
    "engagement.cancelled": "ban",
    **dict.fromkeys(("engagement.merged", "engagement.joined"), "link"),
    "engagement.closed": "lock",
    "technician.dispatched": "truck",
    "work.rolled_back": "arrow-back-up",
    "contact": "phone",
    "engineer": "map-pin",
    "specialist": "user-plus",
    "restoration": "activity",
    "line": "coin",
    "shift": "calendar-time",
    "insurance": "shield-check",
    "clearance": "shield-check",
    "organisation": "building",
    "site": "map-pin",
    "person": "user",
    "role": "user-check",
    "topic": "eye",
    "technician": "user",
    "certification": "certificate",
    "agreement": "signature",
    "asset": "server",
    "engagement": "urgent",
    "priority": "flag",
    "hold": "player-pause",
    "credit_hold": "coin",
    "downgrade": "flag",
    "update": "message",
    "obligation": "calendar-event",
    "degradation": "activity",
    "clock": "clock",
    "commitment": "clock",
    "authority": "key",
    "delegation": "key",
    "round": "users",
    "seat": "user-check",
    "attempt": "phone-call",
    "ratification": "checks",
    "finding": "flag",
    "dispatch": "truck",
    "booking": "truck",
    "protocol": "list-check",
    "fee": "coin",
    "check": "list-check",
    "diagnosis": "stethoscope",
    "root_cause": "stethoscope",
    "part": "package",
    "parts": "package",
    "quote": "file-invoice",
    "risk": "shield",
    "option": "git-branch",
    "disposition": "coin",
    "deposit": "coin",
    "tranche": "coin",
    "change": "git-branch",
    "work": "tool",
    "step": "tool",
    "time": "clock-play",
    "access": "key",
    "custody": "lock",
    **dict.fromkeys(("escalation", "recovery_plan"), "trending-up"),
    **dict.fromkeys(("vendor_case", "vendor_contact"), "phone"),
    "vendor_promise": "hourglass",
    "vendor_terms": "file-text",
    "vendor_claim": "file-invoice",
    "letter": "signature",
    "meter": "gauge",
    "recovery": "files",
    "service": "activity",
    "report": "file-text",
    "guarantee": "certificate",
    "invoice": "receipt",
    "document": "file-certificate",
    "pack": "zip",
}

# Entries that should catch the eye.
KIND_TONES = {
    **dict.fromkeys(("engagement.submitted", "meter.reached", "engagement.held"), "wait"),
    **dict.fromkeys(("credit_hold.asked", "downgrade.proposed", "obligation.added"), "wait"),
    **dict.fromkeys(("quote.approved", "change.approved", "engagement.restored", "work.accepted"), "good"),
    **dict.fromkeys(("quote.rejected", "change.rejected", "ratification.lapsed", "restoration.disputed"), "bad"),
    **dict.fromkeys(("work.rolled_back", "engagement.declined", "ratification.refused"), "bad"),
}
