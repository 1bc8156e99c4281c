"""What a version changes, in the words of its fields."""

import pytest

from breakfix.agreements.values import Difference, Terms
from breakfix.web.differences import LABELS, in_words


def test_changes_stand_in_the_order_of_the_fields() -> None:
    found = in_words(
        [
            Difference("wording.law", "Here.", "There."),
            Difference("rates.trip", "95", "110"),
            Difference("statements.agreed.term", None, "True"),
            Difference("statements.not_applicable.subcontractors", None, "nobody else"),
            Difference("commitments.P1.ack", "15 min", "10 min"),
            Difference("units.prices.purge.words", None, "Purge"),
        ]
    )
    assert [(one.field, one.label, one.before, one.after) for one in found] == [
        ("12 Commitments", "P1: Acknowledge", "15 min", "10 min"),
        ("21 Travel", "Trip", "95", "110"),
        ("25 Parts: markup and freight", "Prices, purge, words", "not in this version", "Purge"),
        ("34 Subcontractors", "Not applicable because", "not in this version", "nobody else"),
        ("38 Records, exit, disputes and law", "Governing law", "Here.", "There."),
    ]


def test_long_texts_are_marked_word_by_word() -> None:
    before = "Disputes are decided by the competent court at the client's registered office."
    after = "Disputes are decided by the courts of New York at the client's registered office."
    (one,) = in_words([Difference("wording.disputes", before, after)])
    kept = "".join(text for how, text in one.marked if how != "come")
    assert kept == before
    assert "".join(text for how, text in one.marked if how != "gone") == after
    assert ("kept", "Disputes are decided by the ") in one.marked


def test_texts_without_end_stand_side_by_side() -> None:
    before, after = "a " * 4000, "b " * 4000
    (one,) = in_words([Difference("wording.law", before, after)])
    assert (one.marked, one.before, one.after) == ((), before, after)


@pytest.mark.parametrize("path", sorted(LABELS))
def test_every_input_names_a_term(path: str) -> None:
    tree = Terms().to_json()
    for step in path.split(".")[: -1 if path.startswith("pauses.holds") else None]:
        assert step in tree, path
        tree = tree[step]
