"""`breakfix ingest`: messages from files, taken as if their sender had told them just now."""

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import click


@click.command()
@click.option("--channel", type=click.Choice(["alert", "mail"]), required=True, help="What the files are.")
@click.option(
    "--secret",
    envvar="BREAKFIX_SOURCE_SECRET",
    help="Of a source or mailbox of this installation: take the files there, for good. Or BREAKFIX_SOURCE_SECRET.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
@click.argument("files", type=click.Path(exists=True, dir_okay=False, path_type=Path), nargs=-1, required=True)
def ingest(channel: str, secret: str | None, as_json: bool, files: tuple[Path, ...]) -> None:
    """Take each of FILES as one message of a monitoring tool or one raw mail (RFC 5322), and say what became of it.

    In the order given. Without --secret it is a trial: in memory, with the world of the demo, and nothing is kept.
    The outcome of a file is ticket (a draft was made), comment (a mail said a word on an engagement), update (a known
    failure was told again or ended), ignored, or quarantine, with the reason. A file that is only the body of a mail
    names no sender: it is in the quarantine. Exit code 0 whatever the files hold, 2 when the secret is unknown.
    """
    take = _mailed if channel == "mail" else _taken
    with _place(secret, channel) as source:
        results = [take(source, path) for path in files]
    outcomes = dict(Counter(one["outcome"] for one in results))
    if as_json:
        found = {"channel": channel, "results": results, "outcomes": outcomes}
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for one in results:
        click.echo(f"{one['outcome']:10}  {one['file']}{': ' + one['reason'] if one['reason'] else ''}")
        for alert in one.get("alerts", ()):
            where = alert["asset"] or alert["asset_note"]
            click.echo(f"{'':10}  {alert['title']} ({alert['severity']}; {where})")
    click.echo(", ".join(f"{number} {outcome}" for outcome, number in sorted(outcomes.items())))


def _taken(source: Any, path: Path) -> dict[str, Any]:
    from breakfix.intake import queries, receiving
    from breakfix.intake.values import LARGEST
    from breakfix.kernel import clock
    from breakfix.kernel.access import SYSTEM

    with path.open("rb") as opened:
        body = opened.read(LARGEST + 1)  # what is longer is refused by its length, not by our memory
    taken = receiving.receive(source, body, clock.now())
    alerts = [queries.get_alert(one, SYSTEM) for one in taken.alerts]
    return {
        "file": path.name,
        "outcome": taken.outcome.value,
        "reason": taken.reason,
        "alerts": [
            {
                "title": one.title,
                "tool": one.tool,
                "severity": one.severity,
                "impact": one.impact,
                "asset": one.asset.name if one.asset else None,
                "asset_note": one.asset_note,
                "begun_at": one.begun_at.isoformat(),
                "ended": one.ended_at is not None,
                "told": one.count.told,
            }
            for one in alerts
        ],
    }


def _mailed(mailbox: Any, path: Path) -> dict[str, Any]:
    from breakfix.intake import mails, queries
    from breakfix.intake.values import LARGEST_MAIL, Door
    from breakfix.kernel import clock
    from breakfix.kernel.access import SYSTEM

    with path.open("rb") as opened:
        raw = opened.read(LARGEST_MAIL + 1)
    try:
        taken = mails.take(mailbox, raw, Door.FILE, clock.now())
    except mails.TooLarge:
        why = f"it has more than {LARGEST_MAIL:,} bytes: refused, and nothing of it is kept"
        return {"file": path.name, "outcome": "quarantine", "reason": why, "mail": None}
    found = queries.get_mail(taken.mail_id, SYSTEM)
    draft = queries.drafts_visible_to(SYSTEM).filter(mail=found).first()
    return {
        "file": path.name,
        "outcome": taken.outcome.value,
        "reason": taken.reason,
        "mail": {
            "sender": found.sender,
            "subject": found.subject,
            "text": draft.text if draft else found.text,
            "sha256": found.sha256,
            "engagement": found.engagement.number if found.engagement else None,
        },
    }


@contextmanager
def _place(secret: str | None, channel: str) -> Iterator[Any]:
    """What takes the files: of this installation, or of a world that is gone afterwards."""
    if secret is not None:
        from breakfix.cli.serve import set_up

        set_up()
        from breakfix.intake import queries

        source = queries.mailbox_of(secret) if channel == "mail" else queries.source_of(secret)
        if source is None:
            click.echo("This is no secret of a source or mailbox that is open here.", err=True)
            raise SystemExit(2)
        yield source
        return
    from breakfix.cli.play import scratch_settings

    with tempfile.TemporaryDirectory(prefix="breakfix-ingest-") as scratch:
        scratch_settings(Path(scratch), None)
        source, mailbox = _trial()
        yield mailbox if channel == "mail" else source


def trial() -> Any:
    """A source of the demo's client in the database that is set; from then on the clock stands still."""
    return _trial()[0]


def _trial() -> tuple[Any, Any]:
    from breakfix.cli.serve import set_up

    set_up()
    from breakfix.agreements import queries as agreements
    from breakfix.agreements.values import Domain
    from breakfix.assets import queries as assets
    from breakfix.cli.demo import demo_stories
    from breakfix.cli.story import world
    from breakfix.cli.story.names import Names
    from breakfix.intake.actions import alerts as actions
    from breakfix.intake.actions import mail
    from breakfix.kernel import clock
    from breakfix.kernel.access import SYSTEM, Role
    from breakfix.parties import queries as parties

    story = demo_stories()[-1]
    now = max(clock.now(), story.steps[0].at)
    clock.set_to(now).__enter__()
    set_up_at = world.as_of(story)
    world.build(story, Names(), at=set_up_at, password="")
    machine = assets.assets_visible_to(SYSTEM)[0]
    keeper = parties.people_with({Role.CLIENT_ADMIN, Role.SERVICE_OWNER}, machine.client_id, now)[0]
    provider = agreements.providers_for(machine.client_id, now)[0]
    by = parties.actor_for(keeper, confirmed_at=now - timedelta(minutes=1))
    source = actions.add_alert_source(
        machine.site_id, provider_id=provider.pk, name="Trial", domain=Domain.HW_SRV, by=by, at=now
    )
    admin = parties.people_with(Role.PROVIDER_ADMIN, provider.pk, now)[0]
    by = parties.actor_for(admin, confirmed_at=now - timedelta(minutes=1))
    # Whatever a mail claims to be to: in a trial it came here.
    return source, mail.add_mailbox(address=f"help@{provider.slug}.example", by=by, at=now)
