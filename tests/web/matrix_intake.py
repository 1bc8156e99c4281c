"""The rows of what comes in by itself: alerts of monitoring, and mail."""

from tests.web.rows import CLIENT, NEXT_WEEK, OTHER_CLIENT, PARTY, Deed, Machine, Page, Row, does, without

INTAKE: dict[str, Row] = {
    # ---- what monitoring tells
    **dict.fromkeys(("alerts_told", "alerts_told_there", "alerts_told_below"), Machine(401)),
    "alerts": Page(f"{CLIENT} dana dirk {OTHER_CLIENT} cal"),
    "alert": Page(f"{CLIENT} dana dirk"),
    "alert_questions": Page(f"{CLIENT} dana dirk", by_post=True),
    "add_alert_source": Deed(
        "alerts",
        {**does("seth nora"), **does("hana hugo", "not_found")},
        {"name": "Zabbix"},
        ("site_id", "provider_id"),
        status=201,
    ),
    "close_alert_source": Deed("alerts", {**does("seth nora"), **does("hana hugo", "not_found")}, {}, ("source_id",)),
    "settle_unreadable": Deed(
        "alerts", {**does("rita seth dana"), **does("hana cal", "not_found")}, {}, ("delivery_id",)
    ),
    **dict.fromkeys(("report_alert", "dismiss_alert"), Deed("alert", does("rita seth dana"))),
    "answer_details": Deed("engagement", does("rita seth dana", "wrong_state"), {"details": {"failed": "2"}}),
    "comment": Deed("engagement", does(without(PARTY, "ada")), {"text": "The door is open until six."}),
    "add_obligation": Deed(
        "engagement",
        does("rita seth dana"),
        {
            "duty": {
                **{"name": "Filing sent", "source": "Contract 17", "triggered_at": NEXT_WEEK, "hours": 5},
                "ends_with_restoration": False,  # the service has been back for days
            },
            "told_by": "Seth",
        },
    ),
    # ---- what is outside the agreement; the finished night was taken on long ago
    "propose_sow": Deed("engagement", does("dana dirk", "wrong_state"), {"scope": "The printer"}),
    "answer_sow": Deed("engagement", does("alice", "not_found"), {"answer": "accept"}, ("statement_id",)),
    "withdraw_sow": Deed("engagement", does("dana dirk", "not_found"), {"reason": "Mixed up"}),
    # ---- a lower priority; the finished night was accepted
    "propose_downgrade": Deed("engagement", does("dana dirk", "wrong_state"), {"priority": "P4"}),
    "answer_downgrade": Deed("engagement", does("rita alice seth nora", "not_found")),
    "withdraw_downgrade": Deed("engagement", does("dana dirk", "not_found"), {"reason": "Mixed up"}),
    "wait_for_window": Deed("change", does("dana tom", "change_state")),
    # ---- the end of what was agreed
    "end_agreement": Deed("agreement", does("nora percy"), {"ends_at": NEXT_WEEK, "reason": "Another provider"}),
    # ---- credit; the finished night was taken on long ago
    "place_credit_hold": Deed("agreement", does("fay"), {"reason": "Two invoices are overdue"}),
    "lift_credit_hold": Deed("agreement", does("fay", "no_credit_hold"), {"reason": "Paid"}),
    "override_credit_hold": Deed("engagement", does("fay", "wrong_state"), {"reason": "Their only archive"}),
    # ---- a rehearsal of the ladder; the finished night has none
    "drill": Page(""),
    "end_drill": Deed("drill", does("dana dirk percy cal", "not_found"), {"why": "Real work"}, ("drill_id",)),
    # ---- what came by mail
    **dict.fromkeys(("mail_told", "mail_told_there"), Machine(401)),
    "mails": Page("rita seth dana percy dirk hana cal"),
    **dict.fromkeys(("mail", "mail_raw"), Page("dana dirk")),
    "mail_draft": Page("rita dana dirk"),
    "mail_draft_questions": Page("rita dana dirk", by_post=True),
    "add_mailbox": Deed("mails", does("percy cal"), {"address": "desk@new.example"}, status=201),
    "close_mailbox": Deed("mails", {**does("percy"), **does("cal", "not_found")}, {}, ("mailbox_id",)),
    "settle_mail": Deed("mail", does("dana")),
    "assign_mail": Deed("mail", does("dana"), {}, ("requester_id",)),
    "report_mail": Deed("mail_draft", does("rita dana"), {}, ("asset_id",)),
    "dismiss_mail": Deed("mail_draft", does("rita dana")),
}
