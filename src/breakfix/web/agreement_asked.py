"""What the editor of an agreement asks for each of the 38 fields: its forms are drawn and read from this table."""

from breakfix.agreements.clauses.fields import BY_KEY, SECTIONS
from breakfix.web.agreement_inputs import (
    CHANNELS,
    COVER_GRID,
    COVERAGES,
    DOMAIN_CHOICES,
    FEE_GRID,
    MATRIX_GRID,
    PAUSE_GRID,
    PERCENT,
    PRIORITIES,
    ROLE_CHOICES,
    SHARE_CHOICES,
    SIDES,
    TARGETS,
    TAXED,
    WEEK,
    Asked,
    Grid,
    Input,
    bands,
    by_priority,
    entity,
    line,
    money,
    number,
    per_priority,
    pick,
    text,
)

ASKED: tuple[Asked, ...] = (
    Asked("provider_entity", entity("provider")),
    Asked("client_entity", entity("client")),
    Asked("effective_date"),
    Asked("term", (text("duration.term", "For how long"), text("duration.termination", "How it ends"))),
    Asked("domains", (Input("scope.domains", "In scope", "ticks", choices=DOMAIN_CHOICES),)),
    Asked("exclusions", (Input("scope.exclusions", "Excluded", "lines", help="One a line."),)),
    Asked("no_ongoing_services", (text("scope.no_ongoing_services", "Statement"),)),
    Asked("triggers", (text("triage.rule", "When a failure is a case, and what happens when it is none"),)),
    Asked("channels", (Input("triage.channels", "Reported by", "ticks", choices=CHANNELS),)),
    Asked("matrix", (MATRIX_GRID,)),
    Asked("questionnaire", (text("triage.questionnaire", "Which answers decide"),)),
    Asked(
        "commitments",
        (
            by_priority("commitments", TARGETS),
            number("commitments.onsite_included_miles", "On site within", "miles"),
            number("commitments.onsite_step_miles", "For each further", "miles"),
            number("commitments.onsite_step_minutes", "are added", "min"),
        ),
    ),
    Asked(
        "coverage",
        (
            Grid(
                PRIORITIES,
                (
                    (
                        "Counts",
                        tuple(pick(f"commitments.{one}.coverage", f"Counts {one}", COVERAGES) for one in PRIORITIES),
                    ),
                ),
            ),
        ),
    ),
    Asked(
        "calendar",
        (
            Input(
                *("calendar.hours", "Business hours", "rows"),
                columns=(
                    Input("days", "Days", "ticks", choices=WEEK),
                    line("opens", "Opens", "08:00"),
                    line("closes", "Closes", "18:00"),
                ),
                spare=1,
            ),
            Input("calendar.holidays", "Holidays on file", "lines", help="2026-12-25, one a line."),
            Input(
                *("calendar.sites", "Sites with hours of their own", "rows"),
                help="A row for each run of days; what stands here holds there in place of the above.",
                columns=(
                    pick("site", "Site", ()),
                    Input("days", "Days", "ticks", choices=WEEK),
                    line("opens", "Opens", "08:00"),
                    line("closes", "Closes", "18:00"),
                    Input("holidays", "Holidays", "lines", help="2026-12-25, 2027-01-01"),
                ),
                spare=1,
            ),
        ),
    ),
    Asked("zone_rule", (text("wording.zone_rule", "Rule"),)),
    Asked("pauses", (PAUSE_GRID, per_priority("pauses.reminders", "Ask again after", "line"))),
    Asked(
        "credits",
        (
            *(bands(f"credits.{name}", name, "Overshoot up to", PERCENT) for name in PRIORITIES),
            money("credits.minimum_base", "Computed on at least"),
            number("credits.engagement_cap_pct", "At most of an engagement's labour", "%"),
            number("credits.month_cap_pct", "At most of a month's labour", "%"),
        ),
    ),
    Asked(
        "labour_rates",
        (
            *(money(f"rates.levels.L{n}", f"L{n} per hour") for n in (1, 2, 3, 4)),
            money("rates.band_low", "Blended rate from"),
            money("rates.band_high", "Blended rate to"),
        ),
    ),
    Asked(
        "tiers",
        (
            Input("rates.tiers.business_days", "Working days", "ticks", choices=WEEK),
            line("rates.tiers.opens", "From"),
            line("rates.tiers.closes", "To"),
            Input("rates.tiers.rest_days", "Rest days", "ticks", choices=WEEK),
            number("rates.tiers.business", "Business hours", "×"),
            number("rates.tiers.after_hours", "After hours", "×"),
            number("rates.tiers.sunday", "Rest days, holidays", "×"),
        ),
    ),
    Asked(
        "minimums",
        (
            number("rates.increment_hours", "Billed in steps of", "h"),
            number("rates.minimum_onsite", "Minimum on site", "h"),
            number("rates.minimum_remote", "Minimum remote", "h"),
            number("rates.minimum_remote_after_hours", "Minimum remote after hours", "h"),
        ),
    ),
    Asked(
        "travel",
        (
            money("rates.trip", "Trip"),
            number("rates.trip_included_miles", "Included each way", "miles"),
            money("rates.per_mile", "Then per mile"),
        ),
    ),
    Asked("emergency_charges", (per_priority("rates.emergency_dispatch", "Once per engagement"),)),
    Asked(
        "forensic_fees",
        (
            FEE_GRID,
            number("forensic.after_hours_multiplier", "Begun after hours", "×"),
            Input("forensic.preauthorised", "Accepted in advance, up to the limit under Approvals", "flag"),
        ),
    ),
    Asked("forensic_credit", (number("forensic.credit_pct", "Credited when the repair is approved", "%"),)),
    Asked(
        "parts",
        (
            bands("parts.bands", "Markup", "Unit cost up to", PERCENT),
            money("parts.cap_per_unit", "Markup at most per unit"),
            number("parts.fx_uplift", "Foreign currency", "×"),
            number("parts.core_days", "Cores go back within", "days"),
            text("wording.freight", "Freight"),
        ),
    ),
    Asked(
        "pricing",
        (
            text("wording.pricing", "Rule"),
            number("quotes.floor", "Maximum at least", "× price"),
            number("quotes.ceiling", "Maximum at most", "× price"),
            money("quotes.step", "Rounded up to steps of"),
            money("quotes.reviewer_above", "Second reviewer above"),
            per_priority("quotes.validity", "Offers stay open", "line"),
            line("quotes.close_unapproved_after", "Unapproved ones are closed after"),
            number("recovery.whole_from", "Success fee whole from", "%"),
            number("recovery.nothing_below", "Nothing below", "%"),
        ),
    ),
    Asked(
        "change_orders",
        (
            text("wording.change_orders", "Rule"),
            number("quotes.change_order_factor", "Room of a change order", "×"),
        ),
    ),
    Asked(
        "approvals",
        (
            bands(
                "approvals.bands",
                "Who approves",
                "Exposure up to",
                Input("seats", "Seats", "lines", help="it, finance ..."),
            ),
            money("approvals.forensic_preauthorised_limit", "Forensic fee in advance up to"),
            *(
                number(f"approvals.ladder.{key}", words, "min")
                for key, words in (
                    ("push_sms", "Pushed after"),
                    ("voice", "Called after"),
                    ("delegate", "Delegate after"),
                    ("next_level", "Next level after"),
                    ("emergency", "Duty manager after"),
                )
            ),
            money("approvals.emergency.ceiling", "Emergency ceiling with tax"),
            line("approvals.emergency.ratify_by", "Ratified by, next business day"),
        ),
    ),
    Asked(
        "communication",
        (
            text("communication.protocol", "How the two speak with each other"),
            Input(
                *("communication.contacts", "Contacts", "rows"),
                columns=(
                    pick("side", "Side", SIDES),
                    line("name", "Who"),
                    line("purpose", "For"),
                    line("reach", "Reached by"),
                ),
            ),
        ),
    ),
    Asked(
        "escalation",
        (
            Input(
                *("communication.ladder", "Rungs", "rows"),
                columns=(
                    pick("side", "Side", SIDES),
                    pick("percent", "Share used", SHARE_CHOICES),
                    pick("role", "Breakfix asks", ROLE_CHOICES),
                    line("who", "Called in the log", "A place, no name of a person."),
                    line("how", "How"),
                    number("after_minutes", "Or after, min"),
                ),
                help="With the used share of a promise and a role Breakfix asks by itself, else people do.",
            ),
            per_priority("communication.answer_minutes", "Next rung after, min", "number"),
        ),
    ),
    Asked("change_protocol", (text("wording.change_protocol", "How changes are made"),)),
    Asked(
        "protocol",
        (
            line("protocol.version", "Version of the rules"),
            Input(
                "protocol.rules",
                "Rules on site and in systems",
                "lines",
                help="One a line; confirmed before each visit.",
            ),
            Input("dispatch.clearances", "Clearances of whoever comes", "lines", help="One a line."),
            number("dispatch.minimum_rest_hours", "Rest at least", "h"),
            number("dispatch.maximum_duty_hours", "On duty at most", "h"),
        ),
    ),
    Asked("confidentiality", (text("wording.confidentiality", "What is kept secret, and how data is protected"),)),
    Asked("subcontractors", (text("wording.subcontractors", "Who else may be sent"),)),
    Asked(
        "guarantee",
        tuple(
            number(f"guarantee.{key}", words, "days")
            for key, words in (
                ("workmanship_days", "Workmanship"),
                ("legacy_days", "On legacy equipment"),
                ("parts_new_days", "New parts"),
                ("parts_used_days", "Used parts"),
                ("rework_minimum_days", "After rework at least"),
            )
        ),
    ),
    Asked(
        "liability",
        (
            number("liability.trailing_months", "Fees of the last", "months"),
            money("liability.minimum_cap", "at least"),
            COVER_GRID,
            Input("insurance.workers_comp", "Workers' compensation", "flag"),
        ),
    ),
    Asked(
        "invoicing",
        (
            number("payment.net_days", "Due after", "days"),
            number("payment.late_fee_pct_month", "Late fee a month", "%"),
            number("payment.late_fee_grace_days", "After", "days"),
            money("payment.deposit_parts_above", "Deposit where parts exceed"),
            number("payment.deposit_pct", "Deposit", "%"),
            line("tax.jurisdiction", "Whose tax"),
            *(number(f"tax.rates.{key}", words, "%") for key, words in TAXED.items()),
        ),
    ),
    Asked(
        "records",
        (
            text("wording.records", "Who owns the records, and how they leave"),
            text("wording.disputes", "Disputes"),
            text("wording.law", "Governing law"),
        ),
    ),
)


def asked_in(section: str) -> list[Asked]:
    """What one section of the editor asks for, in the order of the fields."""
    return [one for one in ASKED if BY_KEY[one.key].section == section]


def inputs_of(asked: Asked) -> list[Input]:
    """Every input of a field, those in grids too."""
    found: list[Input] = []
    for part in asked.parts:
        found += [part] if isinstance(part, Input) else [one for _, row in part.rows for one in row]
    return found


def section_after(section: str) -> str:
    """The section that follows; empty after the last."""
    order = list(SECTIONS)
    return (order + [""])[order.index(section) + 1]
