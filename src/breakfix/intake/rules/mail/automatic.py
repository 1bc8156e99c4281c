"""Mail that no person wrote: answering machines, bounces, receipts, and what came back round to us."""

import re
from collections.abc import Callable, Mapping

# How answering machines begin their subject, in the languages of the people we meet.
_WORDS = (
    r"\[?(?:auto(?:matic|mated)?[- ]?(?:reply|response|answer)|away from (?:the )?office"
    r"|vacation (?:reply|response|message)|(?:i am |i'm )?(?:currently )?out[- ]of[- ](?:the[- ])?office"
    r"(?:[ -]+(?:auto(?:matic|mated)?[- ]?)?(?:reply|response|answer|message))?"
    r"|automatische (?:antwort|rückantwort)|abwesenheit(?:s(?:notiz|assistent|meldung))?|abwesend"
    r"|réponse automatique|absence du bureau|message d'absence"
    r"|respuesta automática|fuera de (?:la )?oficina|resposta automática|ausência (?:temporária|do escritório)"
    r"|risposta automatica|fuori (?:sede|ufficio)|assente dall'ufficio"
    r"|automatisch antwoord|afwezig(?:heid)?(?:sbericht)?|autosvar|automatisk svar|automatiskt svar|fraværs?besked"
    r"|frånvaro(?:meddelande)?|automaattinen vastaus|poissa|odpowiedź automatyczna|automatyczna odpowiedź"
    r"|nieobecność|automatická odpov[eě]ď|mimo kancelář|automatikus válasz|otomatik yanıt|răspuns automat"
    r"|автоответ|автоматический ответ|автоматична відповідь|αυτόματη απάντηση|自動応答|自動返信"
    r"|不在(?:通知|のお知らせ)|自动回复|自動回覆|자동 ?회신|부재중)"
)
_AWAY = re.compile(rf"^\s*{_WORDS}\s*(?:[][:：;!.,–—-]|(?:re|aw):|until\b|$)", re.IGNORECASE)
# The same behind what programs put in front, and before what people add: enough to look, not to ignore.
_FRONT = r"(?:(?:\[[^][]{1,40}\]|(?:re|aw|antw|fwd?|wg|sv|vs|tr|rif|odp|external)\s*[:：])\s*){0,5}"
_PERHAPS = re.compile(
    rf"^\s*{_FRONT}{_WORDS}(?:\s+(?:notification|notice))?"
    r"\s*(?:[][(（:：;!.,–—-]|(?:re|aw):|(?:until|till|from|bis|vom|von|ab|tot|van|jusqu|hasta|fino|dal)\b|$)",
    re.IGNORECASE,
)
_BOUNCED = re.compile(
    r"^\s*(?:undeliver(?:ed|able)\b|undelivered mail returned|delivery status notification"
    r"|mail delivery (?:failed|sub)|returned mail|failure notice|unzustellbar|non remis)",
    re.IGNORECASE,
)
_MACHINES = ("mailer-daemon", "postmaster", "mail-daemon", "mdaemon")
_ANSWERS = frozenset({"REPLY", "COUNTER", "REFRESH", "DECLINECOUNTER"})  # of RFC 5546: what a calendar sends back
_SWARM = frozenset({"bulk", "junk", "list", "auto_reply", "auto-reply"})
_ANSWERED_BY_MACHINE = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply-from", "x-vacation")


def automatic(headers: Callable[[str], str], sender: str, subject: str, kind: Mapping[str, str]) -> str:
    """Why this was certainly written by no person, or "".

    `kind`: content type; of a report its report-type; return-path, where one stands there; the methods of its
    calendars. A subject alone says nothing: "Mail delivery failed for all users" is a failure that somebody reports.
    Neither does an empty return path: devices write so, too.
    """
    if kind.get("type") == "multipart/report" or kind.get("type") == "message/delivery-status":
        is_receipt = kind.get("report") == "disposition-notification"
        return "it is a receipt, not an answer" if is_receipt else "it says what became of another mail (a bounce)"
    if sender.partition("@")[0] in _MACHINES:
        return "a mail server wrote it (a bounce)"
    submitted = _submitted(headers)
    # Exchange calls its absence notices auto-generated, as monitoring does its alarms: the subject tells them apart.
    if submitted == "auto-replied" or (submitted and _AWAY.match(subject)):
        return "a machine wrote it (Auto-Submitted)"
    answers = (name for name in _ANSWERED_BY_MACHINE if headers(name))
    return next((f"a machine wrote it ({name.title()})" for name in answers), "")


def _without_way_back(kind: Mapping[str, str]) -> bool:
    return "return-path" in kind and kind["return-path"].strip() in {"<>", ""}


def _submitted(headers: Callable[[str], str]) -> str:
    said = headers("auto-submitted").split(";")[0].strip().lower()
    return "" if said == "no" else said


def doubtful(headers: Callable[[str], str], subject: str, kind: Mapping[str, str]) -> str:
    """Why perhaps no person wrote this, or "": people look, since a failure may be told of like this."""
    if _ANSWERS & set(kind.get("calendar", "").upper().split()):
        return "it answers an invitation (text/calendar)"
    if _without_way_back(kind):
        return "it has an empty return path (a bounce, or a device that reports)"
    if _submitted(headers):
        return "a machine wrote it (Auto-Submitted)"
    if headers("x-auto-response-suppress").strip().lower() not in {"", "none"}:
        return "a machine wrote it (X-Auto-Response-Suppress)"
    if headers("precedence").strip().lower() in _SWARM:
        return "it went to many at once (Precedence)"
    if _BOUNCED.match(subject):
        return "its subject is that of a mail server (a bounce)"
    return "its subject is that of an answering machine" if _PERHAPS.match(subject) else ""


def came_back(headers: Mapping[str, str], sender: str, ours: Mapping[str, str]) -> str:
    """Why this is a mail of our own that came back, or "". `ours`: host, from (our sender), mailbox."""
    host = re.escape(ours["host"])
    if re.match(rf"\s*<msg_[0-9a-f]{{32}}@{host}>", headers.get("message-id", ""), re.IGNORECASE):
        return "it is a message of ours that came back (a loop)"
    if f"<notices.{ours['host']}>" in headers.get("list-id", "").lower():
        return "it is a notice of ours that came back (a loop)"
    if sender and sender in {ours["from"], ours["mailbox"]}:
        return "it claims to come from ourselves (a loop)"
    return ""
