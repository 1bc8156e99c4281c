"""The letter of authority: for what the client lets its provider speak to one vendor, and until when."""

from breakfix.documents.composing.words import Content, day_of, said, when
from breakfix.documents.sheet import Facts, Notice, Section, Sheet, Text


def compose(content: Content, sha256: str, beside: Content) -> Sheet:
    """One page that a vendor's desk can read while somebody waits on the line."""
    zone, client, provider = content["site"]["zone"], content["client"], content["provider"]
    return Sheet(
        title="Letter of authority",
        number=content["number"],
        version="",
        issuer=client["legal_name"],
        recipient=content["vendor"],
        date=day_of(content["granted_at"], zone),
        sha256=sha256,
        intro=(
            Text(
                f"{client['legal_name']} lets {provider['legal_name']} speak to {content['vendor']} on its behalf"
                f" about: {content['scope']}"
            ),
            Notice(content["not_for"]),
        ),
        sections=(
            Section(
                "For what and until when",
                (
                    Facts(
                        (
                            ("Customer", f"{client['legal_name']}\n{said(client['address'])}"),
                            ("Acting for it", f"{provider['legal_name']}\n{said(provider['address'])}"),
                            ("Site", f"{content['site']['name']}\n{said(content['site']['address'])}"),
                            ("Engagement", f"{content['engagement']}: {content['title']}"),
                            ("Valid until", f"{when(content['valid_until'], zone)}, or until it is revoked"),
                        )
                    ),
                ),
            ),
        ),
        signatures=tuple(("For the customer", said(one["name"]), when(one["at"], zone)) for one in content["signed"]),
    )
