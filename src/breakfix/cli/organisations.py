"""`breakfix add-organisation`: a client or provider joins, and its first administrator is asked in by mail."""

import click

from breakfix.cli.backup import refusal, settled


@click.command("add-organisation")
@click.argument("slug")
@click.option("--name", required=True, help="What people call it, such as 'Northgate Trading'.")
@click.option("--side", required=True, type=click.Choice(["client", "provider"]), help="Which side it is on.")
@click.option("--zone", required=True, help="Its IANA time zone, such as America/New_York.")
@click.option("--currency", required=True, help="Its currency by ISO code, such as USD.")
@click.option("--legal-name", default="", help="As contracts and invoices name it; default: the name.")
@click.option("--known-to", multiple=True, help="Short name of one it is introduced to; may be given several times.")
@click.option("--admin", required=True, help="The name of its first administrator.")
@click.option("--email", required=True, help="Where the invitation goes.")
def add_organisation(
    slug: str,
    name: str,
    side: str,
    zone: str,
    currency: str,
    legal_name: str,
    known_to: tuple[str, ...],
    admin: str,
    email: str,
) -> None:
    """Bring an organisation onto this installation under the short name SLUG, such as northgate.

    Everything else is its administrator's: sites, people, the register, agreements. A provider drafts an agreement
    with a client that it was introduced to (--known-to): each then sees the other's name, sites and people. The
    worker sends the invitation, whose link works once, for a week. Exit code 0 when both are done, 1 when neither is.
    """
    settled()
    from django.db import transaction

    from breakfix.accounts.actions import invite_person
    from breakfix.kernel import clock
    from breakfix.kernel.access import OPERATOR, Role, Side
    from breakfix.kernel.errors import Refused
    from breakfix.parties.actions import register_organisation

    role = Role.CLIENT_ADMIN if side == Side.CLIENT else Role.PROVIDER_ADMIN
    words = {"name": name, "slug": slug, "zone": zone, "currency": currency, "legal_name": legal_name}
    at = clock.now()
    try:
        with transaction.atomic():
            others = [_known(one) for one in known_to]
            made = register_organisation(**words, side=Side(side), known_to=others, by=OPERATOR, at=at)
            invite_person(made.pk, name=admin, email=email, roles=[role], by=OPERATOR, at=at)
    except Refused as no:
        raise refusal(no) from None
    click.echo(f"{made.name} is here. The worker asks {email} in by mail, as its administrator.")


def _known(slug: str) -> int:
    """The organisation of this short name, or a refusal that names it."""
    from breakfix.kernel.errors import NotFound
    from breakfix.parties.queries import find_organisation

    found = find_organisation(slug)
    if found is None:
        raise NotFound(f"The organisation {slug}")
    return int(found.pk)
