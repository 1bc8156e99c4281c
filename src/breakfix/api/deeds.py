"""Every deed as a POST: one table of addresses; what is sent there is what the action itself asks for."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Router

from breakfix.agreements import queries as agreements
from breakfix.api import answers, bodies, problems, results, schemas
from breakfix.api.door import Bearer, Call, confirming
from breakfix.api.lists import check_ids, check_query
from breakfix.api.versions import check_unchanged
from breakfix.assets import queries as assets
from breakfix.kernel.access import Actor, Deed
from breakfix.kernel.binding import bind
from breakfix.kernel.deeds import Action, all_deeds
from breakfix.kernel.errors import NotAllowed, NotFound, Refused
from breakfix.parties.values import Scope
from breakfix.quotes import queries as quotes


@dataclass(frozen=True)
class Route:
    """Where a deed is done, and what a token has to be for."""

    path: str
    scope: Scope


def _routes(scope: Scope, **paths: str) -> dict[Deed, Route]:
    return {Deed(name): Route(path, scope) for name, path in paths.items()}


_CASE = "/engagements/{int:engagement_id}"
_QUOTE = "/quotes/{int:quote_id}"
_PERSON = "/people/{int:person_id}"
_TECHNICIAN = "/technicians/{int:technician_id}"
_CHANGE = "/changes/{int:change_id}"
_PART = "/part-orders/{int:order_id}"
_AT_VENDOR = "/vendor-cases/{int:case_id}"
_LISTED = "/catalogue-parts/{int:catalogue_part_id}"

ROUTES: dict[Deed, Route] = {
    **_routes(
        Scope.MANAGE,
        open_site="/organisations/{int:organisation_id}/sites",
        enrol_person="/organisations/{int:organisation_id}/people",
        give_role=f"{_PERSON}/give-role",
        take_role=f"{_PERSON}/take-role",
        share_topic="/grants/share",
        withdraw_topic="/grants/withdraw",
        invite_person="/organisations/{int:organisation_id}/invitations",
        invite_again=f"{_PERSON}/invite-again",
        switch_off_person=f"{_PERSON}/switch-off",
        switch_on_person=f"{_PERSON}/switch-on",
        end_sessions=f"{_PERSON}/end-sessions",
        remove_factors=f"{_PERSON}/remove-factors",
        enrol_technician="/technicians",
        record_certification=f"{_TECHNICIAN}/certificates",
        verify_certification="/certificates/{int:certificate_id}/verify",
        record_clearance=f"{_TECHNICIAN}/clearances",
        record_insurance="/organisations/{int:provider_id}/insurance",
        plan_shift=f"{_TECHNICIAN}/shifts",
        draft_agreement="/agreements",
        revise_agreement="/agreement-versions/{int:version_id}/revise",
        withdraw_version="/agreement-versions/{int:version_id}/withdraw",
        name_authority=f"{_PERSON}/authorities",
        delegate="/delegations",
        revoke_delegation="/delegations/{int:delegation_id}/revoke",
    ),
    **_routes(
        Scope.REPORT,
        register_service="/organisations/{int:client_id}/services",
        register_asset="/sites/{int:site_id}/assets",
        correct_asset="/assets/{int:asset_id}/correct",
        register_cover="/organisations/{int:client_id}/covers",
        end_cover="/covers/{int:cover_id}/end",
        import_history="/organisations/{int:client_id}/past-incidents",
        report_failure="/engagements",
        report_alert="/alerts/{int:alert_id}/report",
        dismiss_alert="/alerts/{int:alert_id}/dismiss",
        settle_unreadable="/unreadable/{int:delivery_id}/settle",
        close_alert_source="/alert-sources/{int:source_id}/close",
        report_mail="/mail-drafts/{int:draft_id}/report",
        dismiss_mail="/mail-drafts/{int:draft_id}/dismiss",
        assign_mail="/mails/{int:mail_id}/assign",
        settle_mail="/mails/{int:mail_id}/settle",
        set_degradation=f"{_CASE}/set-degradation",
        cancel_engagement=f"{_CASE}/cancel",
        set_legal_hold=f"{_CASE}/set-legal-hold",
        release_legal_hold=f"{_CASE}/release-legal-hold",
        allow_wiping=f"{_CASE}/allow-wiping",
        note_insurer_notice=f"{_CASE}/note-insurer-notice",
        add_obligation=f"{_CASE}/obligations",
        meet_obligation=f"{_CASE}/meet-obligation",
        raise_priority=f"{_CASE}/change-priority",
        resume=f"{_CASE}/resume",
        comment=f"{_CASE}/comments",
        answer_details=f"{_CASE}/answer-details",
        answer_downgrade=f"{_CASE}/answer-downgrade",
        answer_past_pause=f"{_CASE}/answer-past-pause",
        note_dossier_entry="/sites/{int:site_id}/dossier",
        correct_dossier_entry="/dossier-entries/{int:entry_id}/correct",
        remove_dossier_entry="/dossier-entries/{int:entry_id}/remove",
        reveal_dossier=f"{_CASE}/reveal-dossier",
        redact_dossier=f"{_CASE}/redact-dossier",
        allow_collection=f"{_CASE}/collections",
        withdraw_collection=f"{_CASE}/withdraw-collection",
        hand_in_bundle=f"{_CASE}/hand-in-bundle",
        ask_second_opinion="/root-causes/{int:root_cause_id}/ask-second-opinion",
        dispute_restoration=f"{_CASE}/dispute-restoration",
        seal_pack=f"{_CASE}/packs",
        note_vendor_terms=f"{_AT_VENDOR}/note-terms",
        draft_vendor_claim=f"{_AT_VENDOR}/claims",
    ),
    **_routes(
        Scope.WORK,
        acknowledge=f"{_CASE}/acknowledge",
        qualify=f"{_CASE}/qualify",
        override_credit_hold=f"{_CASE}/credit-overrides",
        place_credit_hold="/agreements/{int:agreement_id}/credit-holds",
        lift_credit_hold="/agreements/{int:agreement_id}/lift-credit-hold",
        decline=f"{_CASE}/decline",
        propose_sow=f"{_CASE}/statements-of-work",
        withdraw_sow=f"{_CASE}/withdraw-statement-of-work",
        merge_engagement=f"{_CASE}/merge",
        hold=f"{_CASE}/hold",
        propose_past_pause=f"{_CASE}/past-pauses",
        propose_downgrade=f"{_CASE}/downgrades",
        withdraw_downgrade=f"{_CASE}/withdraw-downgrade",
        withdraw_past_pause=f"{_CASE}/withdraw-past-pause",
        ask_for_help=f"{_CASE}/ask-for-help",
        give_recovery_plan=f"{_CASE}/recovery-plan",
        start_drill="/organisations/{int:client_id}/drills",
        end_drill="/drills/{int:drill_id}/end",
        wait_for_change_order=f"{_CASE}/wait-for-change-order",
        post_update=f"{_CASE}/updates",
        close_engagement=f"{_CASE}/close",
        dispatch_technician=f"{_CASE}/dispatch",
        book_specialist=f"{_CASE}/bookings",
        acknowledge_protocol=f"{_CASE}/acknowledge-protocol",
        make_contact=f"{_CASE}/make-contact",
        arrive=f"{_CASE}/arrive",
        release_booking="/bookings/{int:booking_id}/release",
        open_vendor_case=f"{_CASE}/vendor-cases",
        log_vendor_contact=f"{_AT_VENDOR}/contacts",
        escalate_vendor_case=f"{_AT_VENDOR}/escalate",
        keep_vendor_promise=f"{_AT_VENDOR}/keep-promise",
        wait_for_vendor=f"{_AT_VENDOR}/wait",
        close_vendor_case=f"{_AT_VENDOR}/close",
        take_into_custody=f"{_CASE}/handovers",
        hand_back=f"{_CASE}/hand-back",
        destroy_items=f"{_CASE}/destroy-items",
        ask_forensic_fee=f"{_CASE}/ask-forensic-fee",
        ask_forensic_extension=f"{_CASE}/ask-forensic-extension",
        withdraw_forensic_extension=f"{_CASE}/withdraw-forensic-extension",
        record_check=f"{_CASE}/checks",
        read_dossier=f"{_CASE}/read-dossier",
        complete_diagnosis=f"{_CASE}/complete-diagnosis",
        draft_root_cause=f"{_CASE}/root-causes",
        review_root_cause="/root-causes/{int:root_cause_id}/review",
        issue_root_cause="/root-causes/{int:root_cause_id}/issue",
        order_parts=f"{_QUOTE}/order-parts",
        call_approver=f"{_QUOTE}/calls",
        enter_phone_code=f"{_QUOTE}/phone-codes",
        receive_part=f"{_PART}/receive",
        install_part=f"{_PART}/install",
        return_part=f"{_PART}/return",
        add_loaner="/organisations/{int:provider_id}/add-loaner",
        offer_loaner=f"{_CASE}/offer-loaner",
        lend_loaner="/loans/{int:loan_id}/lend",
        return_loaner="/loans/{int:loan_id}/return",
        add_catalogue_part="/organisations/{int:provider_id}/catalogue-parts",
        withdraw_catalogue_part=f"{_LISTED}/withdraw",
        note_fit=f"{_LISTED}/fits",
        withdraw_fit="/fits/{int:fit_id}/withdraw",
        note_alternate=f"{_LISTED}/alternates",
        withdraw_alternate="/alternates/{int:alternate_id}/withdraw",
        need_part=f"{_CASE}/need-part",
        note_offer=f"{_CASE}/note-offer",
        source_part=f"{_PART}/source",
        reserve_part=f"{_PART}/reserve",
        order_at_own_risk=f"{_PART}/order-at-own-risk",
        note_shipment=f"{_PART}/note-shipment",
        inspect_part=f"{_PART}/inspect",
        issue_part=f"{_PART}/issue",
        declare_dead=f"{_PART}/declare-dead",
        note_part_failure=f"{_PART}/note-failure",
        open_claim=f"{_PART}/open-claim",
        order_replacement=f"{_PART}/order-replacement",
        note_refund=f"{_PART}/note-refund",
        ship_core=f"{_PART}/ship-core",
        credit_core=f"{_PART}/credit-core",
        answer_question=f"{_QUOTE}/questions/{{int:question_id}}/answer",
        draft_quote=f"{_CASE}/quotes",
        revise_quote=f"{_QUOTE}/revise",
        attach_supplier_evidence=f"{_QUOTE}/supplier-evidence",
        review_quote=f"{_QUOTE}/review",
        issue_quote=f"{_QUOTE}/issue",
        withdraw_quote=f"{_QUOTE}/withdraw",
        price_disposition=f"{_QUOTE}/dispositions",
        note_deposit=f"{_QUOTE}/note-deposit",
        waive_deposit=f"{_QUOTE}/waive-deposit",
        refund_deposit=f"{_QUOTE}/refund-deposit",
        propose_change_order=f"{_CASE}/change-orders",
        revise_change_order=f"{_QUOTE}/revise-change-order",
        wait_for_window=f"{_CHANGE}/wait",
        propose_change=f"{_CASE}/changes",
        plan_work=f"{_CASE}/work-orders",
        start_work=f"{_CASE}/start-work",
        clock_on=f"{_CASE}/clock-on",
        clock_off=f"{_CASE}/clock-off",
        complete_step=f"{_CASE}/complete-step",
        use_line=f"{_CASE}/use-line",
        note_meter=f"{_CASE}/note-meter",
        roll_back=f"{_CASE}/roll-back",
        leave_incomplete=f"{_CASE}/leave-incomplete",
        bear_cost=f"{_CASE}/bear-cost",
        report_recovery=f"{_CASE}/recoveries",
        restore_within_fee=f"{_CASE}/restore-within-fee",
        restore_service=f"{_CASE}/restore-service",
        resolve=f"{_CASE}/resolve",
        issue_report=f"{_CASE}/reports",
        issue_invoice=f"{_CASE}/invoices",
    ),
    **_routes(
        Scope.DECIDE,
        sign_agreement="/agreement-versions/{int:version_id}/sign",
        end_agreement="/agreements/{int:agreement_id}/end",
        ratify="/rounds/{int:round_id}/ratify",
        answer_finding="/findings/{int:finding_id}/answer",
        approve_forensic_fee=f"{_CASE}/decide-forensic-fee",
        approve_forensic_extension=f"{_CASE}/decide-forensic-extension",
        ask_about_quote=f"{_QUOTE}/questions",
        answer_sow=f"{_CASE}/answer-statement-of-work",
        approve_quote=f"{_QUOTE}/approve",
        approve_quote_in_emergency=f"{_QUOTE}/approve-in-emergency",
        acknowledge_risk=f"{_QUOTE}/acknowledge-risk",
        reject_quote=f"{_QUOTE}/reject",
        choose_continuity=f"{_QUOTE}/choose-continuity",
        choose_option=f"{_QUOTE}/choose-option",
        assess_change=f"{_CHANGE}/assess",
        approve_change=f"{_CHANGE}/approve",
        reject_change=f"{_CHANGE}/reject",
        extend_window=f"{_CHANGE}/extend-window",
        review_change=f"{_CHANGE}/review",
        decide_custody=f"{_PART}/decide-custody",
        grant_letter=f"{_CASE}/letters",
        revoke_letter=f"{_CASE}/revoke-letter",
        acknowledge_escalation="/escalations/{int:escalation_id}/acknowledge",
        sign_handover="/handovers/{int:handover_id}/sign",
        decide_items=f"{_CASE}/decide-items",
        grant_access=f"{_CASE}/grant-access",
        revoke_access=f"{_CASE}/revoke-access",
        verify_recovery="/recoveries/{int:recovery_id}/verify",
        accept_work=f"{_CASE}/accept-work",
        refuse_work=f"{_CASE}/refuse-work",
    ),
}

_MACHINE = "done by Breakfix itself when its time has come"
_SIGNED_IN = "a token must never beget or end a token: done by a person who signed in, on the page Tokens"
_ONES_OWN = "chosen by a person on the page of their own notifications, in the browser that it is about"
# Deeds that this door does not offer, and why.
NOT_OFFERED: dict[Deed, str] = {
    Deed.REGISTER_ORGANISATION: "set up by whoever runs the installation, who has the terminal",
    Deed.ISSUE_TOKEN: _SIGNED_IN,
    Deed.REVOKE_TOKEN: _SIGNED_IN,
    Deed.TAKE_CALL: "a person reads back to a person: done on the page Take a call; a program reports a failure",
    Deed.ADD_ALERT_SOURCE: "a token must never beget a secret: done by a person who signed in, on the page Alerts",
    Deed.ACCEPT_INVITATION: "whoever is invited has no token yet: done on the page that the invitation leads to",
    Deed.SET_PREFERENCES: _ONES_OWN,
    Deed.SUBSCRIBE_DEVICE: _ONES_OWN,
    Deed.REMOVE_DEVICE: _ONES_OWN,
    Deed.SEND_INVITATION: _MACHINE,
    Deed.NOTE_DELIVERY: "told by the gateway, which signs: at /gateway/acknowledgements",
    **dict.fromkeys(
        (Deed.DRAFT_ALERTS, Deed.END_ALERT, Deed.RETURN_ALERT, Deed.WORSEN_ALERT),
        "told by the monitoring of a client, with its own secret: at /alerts/told",
    ),
    **dict.fromkeys(
        (Deed.ADD_MAILBOX, Deed.CLOSE_MAILBOX),
        "a token must never beget a secret: done by a person who signed in, on the page Mail",
    ),
    Deed.DRAFT_MAIL: "written by somebody of a client, to the desk's address",
    Deed.COMMENT_BY_MAIL: "written by somebody at the address that was signed for them",
    Deed.NOTE_BREACH: _MACHINE,
    **dict.fromkeys((Deed.ASK_AGAIN, Deed.FOLLOW_CREDIT_HOLD, Deed.BEGIN_WINDOW), _MACHINE),
    **dict.fromkeys((Deed.ASK_RUNG, Deed.ADVANCE_ESCALATION, Deed.NOTE_STANDSTILL, Deed.END_ESCALATIONS), _MACHINE),
    **dict.fromkeys((Deed.LOG_ATTEMPT, Deed.LAPSE_RATIFICATION, Deed.EXPIRE_QUOTE, Deed.GIVE_UP_QUOTE), _MACHINE),
    **dict.fromkeys((Deed.STOP_STEPS, Deed.START_GUARANTEE, Deed.RELEASE_CREDIT, Deed.FILE_DOCUMENT), _MACHINE),
}

# Edits overwrite what somebody else may have written meanwhile: they say which version they are about (If-Match).
Locked = Callable[[int, Actor], Any]
EDITS: dict[Deed, Locked] = {
    Deed.REVISE_QUOTE: lambda quote_id, by: quotes.lock_quote(quote_id, by=by),
    Deed.CORRECT_ASSET: lambda asset_id, by: assets.lock_asset(asset_id, by=by),
    Deed.REVISE_AGREEMENT: lambda version_id, by: _lock_version(version_id, by),
}


def _lock_version(version_id: int, by: Actor) -> Any:
    agreements.lock_agreement(agreements.get_version(version_id, by=by).agreement_id, by=by)
    return agreements.get_version(version_id, by=by)


def creates(route: Route) -> bool:
    """Whether a deed makes a record of its own: its address names a kind of records, as in `/quotes`, not a verb."""
    return route.path.rpartition("/")[2] in schemas.COLLECTIONS


def offer_all(offered: Router) -> None:
    """Offer all deeds that the table names."""
    actions = all_deeds()
    for deed, route in ROUTES.items():
        _offer(offered, deed, route, actions[deed.value])


def _offer(offered: Router, deed: Deed, route: Route, action: Action) -> None:
    ids = schemas.ids_in(route.path)
    wanted = inspect.signature(inspect.unwrap(action)).return_annotation
    several = str(wanted).startswith("list[")
    made = results.Results if several else results.Result
    status = 201 if creates(route) else 200

    def post(request: HttpRequest, **ids: int) -> HttpResponse:
        return _carry_out(request, deed, action, ids, status)

    given = [inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    given += [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=int) for name in ids]
    post.__signature__ = inspect.Signature(given)  # type: ignore[attr-defined]
    post.__name__ = deed.value
    declined = dict.fromkeys(schemas.declined(edits=deed in EDITS), problems.Problem)
    offered.add_api_operation(
        route.path,
        ["POST"],
        post,
        auth=Bearer(route.scope),
        response={status: made, **declined},
        operation_id=deed.value,
        summary=deed.value.replace("_", " ").capitalize(),
        description=schemas.description(action, deed, route.scope),
        url_name=f"api_{deed.value}",
        tags=[route.path.split("/")[1]],
        openapi_extra=schemas.sent_to(action, set(ids), edits=deed in EDITS),
    )


def _carry_out(request: HttpRequest, deed: Deed, action: Action, ids: dict[str, int], status: int) -> HttpResponse:
    call: Call = request.auth  # type: ignore[attr-defined]
    check_ids(ids)
    check_query(request, ())
    body = bodies.read(request, action)
    _check_apart(body.fields, ids)

    def work() -> HttpResponse:
        try:
            by = confirming(request, call)
            if deed in EDITS:
                check_unchanged(request, EDITS[deed](next(iter(ids.values())), by))
            arguments = bind(action, {**body.fields, **ids}, zone=call.zone, strict=body.strict)
            result = action(**arguments, by=by, at=call.at)
        except NotFound as no:
            return problems.of_refusal(request, no)
        except Refused as no:
            return problems.of_refusal(request, _for_machines(no, call))
        return _answer(result, status)

    return answers.once(request, call, body.fingerprint, work)


def _check_apart(fields: dict[str, Any], ids: dict[str, int]) -> None:
    """Refuse a body that repeats an id of the address: which of the two was meant?"""
    for name in fields:
        if name in ids:
            raise Refused("unknown_field", f"{name} stands in the address already; leave it out.", field=name)


def _for_machines(no: Refused, call: Call) -> Refused:
    """A machine has no password to enter: it is told that this needs a person."""
    if no.code == "reauthenticate" and not call.token.is_personal:
        return NotAllowed(
            "This binds the organisation: a person confirms it, with a token of their own.", "needs_person"
        )
    return no


def _answer(result: Any, status: int) -> HttpResponse:
    content = results.shown(result)
    answer = JsonResponse(content, status=status, json_dumps_params={"ensure_ascii": False})
    own = content.get("links", {}).get("self")
    if status == 201 and own:
        answer["Location"] = own
    return answer
