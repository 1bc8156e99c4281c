"""Every route and who gets what there, on Northgate's finished engagement: the table that the matrix test tries.

A page is shown to its readers, forbidden (403) to some who see the engagement but have no such work, and not there
(404) for everybody else. A deed is tried by everybody; its doers get what the table says ("done", or the code of the
refusal that this state asks for), everybody else who can see its page is told that they may not (403), and for all
others it is not there (404).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from breakfix.parties.values import Scope

CLIENT = "rita alice mona chas seth sol ada nora finn"
DESK = "dana quinn rex percy dirk"
PARTY = f"{CLIENT} {DESK} fay tom"
OFFICE = f"{CLIENT} {DESK} fay"
OTHER_CLIENT = "charlie hana hugo hope"
OTHERS = f"{OTHER_CLIENT} ana cal cleo"
EVERYBODY = f"{PARTY} {OTHERS}"
REGISTRARS = "rita seth nora hana hugo"
# One for each way of seeing the engagement; the others of its parties try the deeds that are theirs.
TRY_EVERYTHING = f"rita ada dana tom {OTHERS}".split()


@dataclass(frozen=True)
class Public:
    """Before anybody signed in; `status` for whoever is, by GET; `stranger` where others get neither 200 nor 302."""

    status: int = 200
    stranger: int = 0


@dataclass(frozen=True)
class Machine:
    """Spoken to by a machine that signs, by POST; `unsigned` is what everybody else gets, signed in or not."""

    unsigned: int


@dataclass(frozen=True)
class Page:
    """Read by GET; `leads` where it only leads on by now; `by_post` a form that is answered and never kept."""

    readers: str
    forbidden: str = ""
    leads: bool = False
    by_post: bool = False

    def status_for(self, who: str) -> int:
        """What a signed-in person gets."""
        if who in self.readers.split():
            return 303 if self.leads else 200
        return 403 if who in self.forbidden.split() else 404


@dataclass(frozen=True)
class Deed:
    """Done by POST, one step below its page. Sent are the arguments that have to be, `given`, and the ids `also`.

    `status` is that of a deed that was done: it leads back, or shows what is shown only once.
    """

    page: str
    doers: Mapping[str, str]
    given: Mapping[str, Any] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    status: int = 303


NEXT_WEEK = datetime(2026, 12, 9, 17, 0, tzinfo=UTC)
Row = Public | Machine | Page | Deed


def does(people: str, outcome: str = "done") -> dict[str, str]:
    """The same outcome for each of these people."""
    return dict.fromkeys(people.split(), outcome)


def without(people: str, *some: str) -> str:
    return " ".join(one for one in people.split() if one not in some)


ROWS: dict[str, Row] = {
    # ---- signing in
    "account_login": Public(302),
    "account_logout": Public(),
    "account_inactive": Public(),
    "account_reauthenticate": Public(),
    "account_reset_password": Public(),
    "account_reset_password_done": Public(),
    "account_reset_password_from_key": Public(),
    "account_reset_password_from_key_done": Public(),
    # ---- machines that watch
    "healthz": Public(),
    "readyz": Public(503),
    "metrics": Public(),
    "account_change_password": Public(),
    "invitation": Public(404, stranger=404),
    "openid_connect_login": Public(404, stranger=404),
    "openid_connect_callback": Public(404, stranger=404),
    # ---- second factors: one's own, behind the sign-in
    "mfa_authenticate": Public(302),
    "mfa_reauthenticate": Public(302),
    "mfa_index": Public(),
    "mfa_activate_totp": Public(302),
    "mfa_deactivate_totp": Public(404),
    "mfa_view_recovery_codes": Public(404),
    "mfa_generate_recovery_codes": Public(302),
    "mfa_list_webauthn": Public(),
    "mfa_add_webauthn": Public(302),
    "mfa_reauthenticate_webauthn": Public(302),
    "mfa_remove_webauthn": Public(302),
    "mfa_edit_webauthn": Public(302),
    # ---- everybody's own
    "sessions": Page(EVERYBODY),
    "end_other_sessions": Page(EVERYBODY, leads=True, by_post=True),
    "end_session": Page(EVERYBODY, leads=True, by_post=True),
    **dict.fromkeys(("home", "agreements", "assets", "engagements", "find", "log", "design"), Page(EVERYBODY)),
    **dict.fromkeys(("desk", "desk_lanes", "desk_wall", "desk_wall_lanes"), Page(EVERYBODY)),
    # How one is told is one's own: nobody has a page of anybody else's.
    "notifications": Page(EVERYBODY),
    "push_worker": Public(),
    "set_preferences": Deed("notifications", does(EVERYBODY)),
    "subscribe_device": Deed("notifications", does(EVERYBODY, "bad_endpoint")),
    "remove_device": Deed("notifications", does(EVERYBODY, "not_found"), {"device_id": 10**9}),
    "gateway_acknowledgements": Machine(404),
    # One's own organisation's first entry, for those who may read about the organisation itself.
    "log_entry": Page("ada nora sol percy dirk hugo cal"),
    "log_leaf": Page("ada nora sol percy dirk hugo cal"),
    "delegations": Page(f"{CLIENT} {OTHER_CLIENT}"),
    "access_now": Page(f"{CLIENT} {OTHER_CLIENT}"),
    "billing": Page("rita alice seth ada nora finn fay percy dirk charlie hana hugo cal"),
    **dict.fromkeys(("calibration", "calibration_csv"), Page("quinn rex percy dirk cal")),
    "roster": Page(f"{DESK} cal"),
    "insurance": Page(f"{DESK} cal"),
    "field": Page("tom ana cleo"),
    "report": Page("rita seth dana hana cal", forbidden=without(EVERYBODY, "rita", "seth", "dana", "hana", "cal")),
    "report_failure": Deed(
        "report",
        {
            **does("rita seth"),
            **does("dana", "missing_field"),
            **does(f"{OTHER_CLIENT} tom ana cal cleo", "not_found"),
        },
        also=("asset_id",),
    ),
    # A colleague of Northgate's is nobody at all for Harborview's people.
    "delegate": Deed(
        "delegations",
        {**does("sol", "delegate_role"), **does("alice", "not_yours"), **does(OTHER_CLIENT, "not_found")},
        {"seat": "data_owner", "ends_at": NEXT_WEEK},
    ),
    "revoke_delegation": Deed("delegations", {**does("alice nora"), **does(OTHER_CLIENT, "not_found")}),
    "name_authority": Deed(
        "delegations", {**does("nora", "not_an_approver"), **does(OTHER_CLIENT, "not_found")}, {"seat": "it"}
    ),
    # ---- one's own organisation's people
    "people": Page("ada nora sol percy dirk hugo cal"),
    "people_of": Page("ada nora sol"),
    "person": Page("ada nora sol"),
    "invite_person": Deed("people_of", does("nora", "bad_email")),
    "give_role": Deed("person", does("nora", "role_held")),
    "take_role": Deed("person", does("nora")),
    "invite_again": Deed("person", does("nora", "has_password")),
    "switch_off_person": Deed("person", does("nora")),
    "switch_on_person": Deed("person", does("nora", "already_switched")),
    "end_sessions": Deed("person", does("nora")),
    "remove_factors": Deed("person", does("nora", "no_factor")),
    # ---- what was agreed
    "agreement": Page(OFFICE),
    "agreement_version": Page(OFFICE),
    "sign_agreement": Deed("agreement_version", does("nora percy", "already_signed")),
    "asset": Page(OFFICE),
    # What an hour costs its owner is its owner's, whoever repairs the machine.
    "services": Page(f"{CLIENT} {OTHER_CLIENT}"),
    "register_service": Deed("services", {**does("seth nora"), **does("hana hugo charlie hope", "not_found")}),
    "sites": Page(EVERYBODY),
    "open_site": Deed(
        "sites",
        {**does("nora"), **does("percy hugo cal charlie cleo hana hope tom ana", "not_found")},
        {"zone": "America/New_York"},
    ),
    "asset_new": Page(REGISTRARS, forbidden=without(EVERYBODY, *REGISTRARS.split())),
    "asset_edit": Page("rita seth nora", forbidden=without(OFFICE, "rita", "seth", "nora")),
    "register_asset": Deed(
        "asset_new", {**does("rita seth nora"), **does("hana hugo charlie cleo hope tom ana", "not_found")}
    ),
    "correct_asset": Deed("asset_edit", does("rita seth nora", "nothing_to_correct")),
    # ---- the engagement
    "engagement": Page(PARTY),
    "engagement_fresh": Page(PARTY),
    "clock": Page(PARTY),
    "clocks_json": Page(PARTY),
    "course_csv": Page(PARTY),
    "obligation": Page(PARTY),
    "priority": Page(PARTY),
    "downtime": Page(OFFICE),
    # Who could be sent, and who may not and why, is read by those of the provider who send.
    "desk_deed": Page("dana"),
    **dict.fromkeys(("acknowledge", "qualify", "decline"), Deed("engagement", does("dana", "wrong_state"))),
    "merge_engagement": Deed("engagement", does("dana", "same_engagement"), also=("into_id",)),
    "hold": Deed("engagement", does("dana dirk tom", "wrong_state")),
    "resume": Deed("engagement", does("rita seth dana tom", "not_on_hold")),
    "post_update": Deed("engagement", does("dana quinn tom", "wrong_state")),
    "cancel_engagement": Deed("engagement", does("rita alice seth", "wrong_state")),
    "close_engagement": Deed("engagement", {**does("fay", "open_ends"), **does("alice", "not_given_up")}),
    "raise_priority": Deed("engagement", does("rita seth dana", "same_priority")),
    "set_degradation": Deed("engagement", does("rita seth", "already_restored")),
    "meet_obligation": Deed("engagement", does("rita seth tom", "which_obligation")),
    # ---- approvals
    "round": Page(OFFICE),
    "ratify": Deed("round", does("alice", "not_your_seat")),
    "findings": Page(f"{CLIENT} {OTHER_CLIENT}"),
    "finding": Page(CLIENT),
    "answer_finding": Deed("finding", does("nora finn")),
    "fee": Page(OFFICE),
    "share_topic": Deed("engagement", {**does("sol nora"), **does("hugo", "not_found")}, also=("person_id",)),
    "withdraw_topic": Deed(
        "engagement", {**does("sol nora", "not_shared"), **does("hugo", "not_found")}, also=("person_id",)
    ),
    "ask_forensic_fee": Deed("fee", does("dana", "fee_already_accepted")),
    "approve_forensic_fee": Deed("fee", does("alice", "fee_already_accepted")),
    "further": Page(PARTY),
    "ask_forensic_extension": Deed("further", does("dana tom", "wrong_state")),
    "approve_forensic_extension": Deed("further", does("alice", "nothing_asked")),
    "withdraw_forensic_extension": Deed("further", does("dana tom", "nothing_asked")),
    "ask_second_opinion": Deed("root_cause", does("rita alice seth", "not_inconclusive")),
    # ---- who goes
    "insurance_of": Page(DESK),
    "technician": Page(DESK),
    "technician_new": Page("dana percy cal", forbidden="quinn rex dirk"),
    # Somebody of the client is nobody whom a provider could enrol.
    "enrol_technician": Deed("technician_new", does("dana percy cal", "not_found")),
    "certificate": Page(DESK),
    "dispatch": Page(DESK),
    "booking": Page(DESK),
    "record_insurance": Deed("insurance_of", does("percy")),
    "record_certification": Deed("technician", does("dana percy", "unknown_certification")),
    "record_clearance": Deed("technician", does("percy", "already_recorded")),
    "plan_shift": Deed("technician", does("dana percy", "ends_before_start")),
    "verify_certification": Deed("certificate", does("rex percy")),
    "dispatch_technician": Deed("dispatch", does("dana", "wrong_state")),
    "book_specialist": Deed("dispatch", does("dana", "wrong_state")),
    "release_booking": Deed("booking", does("dana", "wrong_state")),
    # ---- on site
    "on_site": Page("tom"),
    "post_update_on_site": Deed("on_site", {**does("dana quinn", "not_found"), **does("tom", "wrong_state")}),
    "dossier": Page("rita seth sol nora hana hugo"),
    "note_dossier_entry": Deed(
        "dossier", {**does("rita seth sol nora"), **does("hana hugo", "not_found")}, also=("site_id",)
    ),
    "correct_dossier_entry": Deed("dossier", does("rita seth sol nora hana hugo", "not_found"), {"entry_id": 10**9}),
    "remove_dossier_entry": Deed("dossier", does("rita seth sol nora hana hugo", "not_found"), {"entry_id": 10**9}),
    "reveal_dossier": Deed("engagement", does("rita seth sol nora")),
    "redact_dossier": Deed("engagement", does("rita seth sol nora", "redacted")),
    # ---- nothing is collected any more on what is over or was never allowed
    "collector": Page(""),
    "allow_collection": Deed("engagement", does("rita seth sol nora")),
    "withdraw_collection": Deed("engagement", does("rita seth sol nora", "nothing_allowed")),
    "hand_in_bundle": Deed("engagement", does("rita seth sol nora", "bundle_damaged")),
    "know": Page("tom"),
    "read_dossier": Deed("know", does("tom", "redacted")),
    "acknowledge_protocol": Deed("on_site", does("tom", "already_acknowledged")),
    "make_contact": Deed("on_site", does("tom", "wrong_state")),
    "arrive": Deed("on_site", does("tom", "wrong_state")),
    "record_check": Deed("on_site", does("tom", "wrong_state")),
    "complete_diagnosis": Deed("on_site", does("tom", "wrong_state")),
    "start_work": Deed("on_site", does("tom", "no_work_planned")),
    "roll_back": Deed("on_site", does("tom", "no_work_planned")),
    "leave_incomplete": Deed("on_site", does("tom", "no_work_planned")),
    "clock_on": Deed("on_site", does("tom", "no_work_planned")),
    "clock_off": Deed("on_site", does("tom", "no_work_planned")),
    "complete_step": Deed("on_site", does("tom", "no_work_planned")),
    "use_line": Deed("on_site", does("tom", "no_work_now")),
    "restore_service": Deed("on_site", does("tom", "no_work_planned")),
    "resolve": Deed("on_site", does("tom", "no_work_planned")),
    # ---- what the provider holds; the finished engagement had nothing in custody
    "custody": Page(PARTY),
    "handover": Page(""),
    "take_into_custody": Deed("custody", does("dana tom", "no_custody_now")),
    "decide_items": Deed("custody", does("sol", "nothing_in_custody")),
    "hand_back": Deed("custody", does("dana tom", "not_in_custody")),
    "destroy_items": Deed("custody", does("dana tom", "not_in_custody")),
    "sign_handover": Deed("handover", does("rita seth sol", "not_found")),
    # ---- what it is
    "checks": Page(PARTY),
    "root_cause_build": Page("tom", forbidden=OFFICE),
    "root_cause": Page(PARTY),
    "draft_root_cause": Deed("root_cause_build", does("tom", "already_issued")),
    "review_root_cause": Deed("root_cause", does("rex tom", "not_in_review")),
    "issue_root_cause": Deed("root_cause", does("tom", "already_issued")),
    # ---- the quote
    "quote": Page(OFFICE),
    "quote_json": Page(OFFICE),
    "quote_build": Page("quinn", forbidden=without(PARTY, "quinn")),
    "quote_preview": Page("quinn", forbidden=without(PARTY, "quinn"), by_post=True),
    "quote_rows": Page("quinn", forbidden=without(PARTY, "quinn"), by_post=True),
    "quote_edit": Page("quinn", forbidden=without(PARTY, "quinn"), leads=True),
    "draft_quote": Deed("quote_build", does("quinn", "no_quote_now")),
    "revise_quote": Deed("quote_edit", does("quinn", "quote_issued")),
    "change_order_build": Page("quinn", forbidden=without(PARTY, "quinn")),
    "wait_for_change_order": Deed("engagement", does("dana tom", "no_work_now")),
    "wait_for_change_order_on_site": Deed("on_site", {**does("dana", "not_found"), **does("tom", "no_work_now")}),
    "propose_change_order": Deed("change_order_build", does("quinn", "no_change_order_now")),
    "change_order_edit": Page("quinn", forbidden=without(PARTY, "quinn"), leads=True),
    "revise_change_order": Deed("change_order_edit", does("quinn", "not_a_change_order")),
    "attach_supplier_evidence": Deed("quote", does("quinn", "quote_issued")),
    "review_quote": Deed("quote", does("quinn rex", "quote_settled")),
    **dict.fromkeys(("issue_quote", "withdraw_quote"), Deed("quote", does("quinn", "quote_settled"))),
    "approve_quote": Deed("quote", does("alice", "quote_settled")),
    "approve_quote_in_emergency": Deed("quote", does("mona", "quote_settled")),
    "acknowledge_risk": Deed("quote", does("alice sol", "quote_settled")),
    **dict.fromkeys(("reject_quote", "choose_continuity"), Deed("quote", does("alice", "quote_settled"))),
    **dict.fromkeys(("note_deposit", "refund_deposit", "waive_deposit"), Deed("quote", does("fay", "no_deposit"))),
    "price_disposition": Deed("quote", does("dana quinn", "quote_settled")),
    "choose_option": Deed("quote", does("alice", "quote_settled")),
    **dict.fromkeys(("call_approver", "enter_phone_code"), Deed("quote", does("dana", "quote_settled"))),
    "ask_about_quote": Deed("quote", does("rita alice mona seth sol", "not_open")),
    "answer_question": Deed("quote", does("dana quinn"), {"answer": "It is safe."}),
    "order_parts": Deed("quote", does("dana quinn", "not_approved")),
    # ---- the change
    "change_build": Page("dana tom", forbidden=without(OFFICE, "dana")),
    "change": Page(PARTY),
    "propose_change": Deed("change_build", does("dana tom", "no_change_now")),
    "assess_change": Deed("change", does("chas", "already_assessed")),
    "approve_change": Deed("change", does("chas seth sol", "already_approved")),
    "reject_change": Deed("change", does("chas seth sol", "already_approved")),
    "extend_window": Deed("change", does("chas", "change_state")),
    "review_change": Deed("change", does("chas")),
    # ---- the work
    "parts": Page(PARTY),
    "part": Page(PARTY),
    "work": Page(PARTY),
    "work_order": Page(PARTY),
    "access": Page(PARTY),
    **dict.fromkeys(
        ("receive_part", "inspect_part", "issue_part", "declare_dead", "return_part", "ship_core"),
        Deed("part", does("dana tom", "part_installed")),
    ),
    # ---- the provider's own catalogue of parts
    "catalogue": Page(f"{DESK} fay cal"),
    **dict.fromkeys(("own_catalogue", "catalogue_part", "fit", "alternate"), Page(f"{DESK} fay")),
    "add_catalogue_part": Deed("own_catalogue", does("dana quinn"), {"part_number": "X-1"}),
    "withdraw_catalogue_part": Deed("catalogue_part", does("dana quinn")),
    "note_fit": Deed("catalogue_part", does("dana quinn")),
    "note_alternate": Deed("catalogue_part", does("dana quinn", "unknown_part")),
    "withdraw_fit": Deed("fit", does("dana quinn")),
    "withdraw_alternate": Deed("alternate", does("dana quinn")),
    # ---- loaners; the finished engagement had none
    "loaners": Page(f"{DESK} fay cal"),
    "own_loaners": Page(f"{DESK} fay"),
    "loan": Page(""),
    "add_loaner": Deed("own_loaners", does("dana percy")),
    "offer_loaner": Deed("parts", does("dana", "wrong_state")),
    **dict.fromkeys(("lend_loaner", "return_loaner"), Deed("loan", does("dana", "not_found"))),
    "need_part": Deed("parts", does("dana quinn tom", "wrong_state")),
    "note_offer": Deed("parts", does("dana quinn", "wrong_state")),
    "source_part": Deed("part", does("dana quinn", "part_installed")),
    "reserve_part": Deed("part", does("dana quinn", "not_found")),
    "order_at_own_risk": Deed("part", does("quinn dirk", "part_installed")),
    "install_part": Deed("part", does("tom", "part_installed")),
    "note_part_failure": Deed("part", does("tom"), {"fault": "It hangs."}),
    **dict.fromkeys(("note_shipment", "open_claim"), Deed("part", does("dana quinn", "part_installed"))),
    "order_replacement": Deed("part", does("dana quinn", "not_faulty")),
    **dict.fromkeys(("note_refund", "credit_core"), Deed("part", does("dana fay", "part_installed"))),
    "decide_custody": Deed("part", does("sol", "no_core_due")),
    "plan_work": Deed("work", does("dana", "no_work_now")),
    "bear_cost": Deed("work", does("dana fay", "no_work_now")),
    # The finished engagement recovered no data.
    "recovery": Page(PARTY),
    "recovery_result": Page(""),
    "report_recovery": Deed("recovery", does("tom", "no_work_now"), {"confidence": "0.5"}),
    "verify_recovery": Deed("recovery_result", does("rita seth sol", "not_found")),
    "dispute_restoration": Deed("work", does("rita seth", "not_restored")),
    "grant_access": Deed("access", does("sol", "no_access_now")),
    "revoke_access": Deed("access", does("sol", "no_access")),
    # ---- proof and money
    "report_of": Page(PARTY),
    "service_report": Page(PARTY),
    "issue_report": Deed("report_of", does("tom", "already_issued")),
    "accept_work": Deed("report_of", does("rita seth", "wrong_state")),
    "refuse_work": Deed("report_of", does("rita seth", "wrong_state")),
    "issuing": Page("percy dirk fay"),
    "invoice": Page(OFFICE),
    "issue_invoice": Deed("issuing", does("fay", "nothing_to_bill")),
    "documents": Page(PARTY),
    "file": Page(PARTY),
    "tokens": Page(EVERYBODY),
    "issue_token": Deed(
        "tokens",
        does(EVERYBODY),
        {"name": "Monitoring", "scopes": [Scope.READ], "expires_at": NEXT_WEEK},
        status=201,
    ),
    "revoke_token": Deed("tokens", {**does(EVERYBODY, "not_found"), **does("rita nora")}),
    "seal_pack": Deed("documents", does("rita seth ada nora", "documents_missing")),
}
