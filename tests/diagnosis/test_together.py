"""What two people of a client do at the same moment (PostgreSQL: there deeds really run side by side)."""

import pytest

from breakfix.diagnosis.actions import collecting, dossier
from breakfix.diagnosis.models import CollectedOutput, Collection, DossierEntry
from breakfix.kernel.ledger.rebuild import differences
from tests import makers_quotes as make
from tests.diagnosis.test_collecting import AT, allowed, handed_in
from tests.diagnosis.test_dossier import REVEALED, note
from tests.diagnosis.test_hostile_bundles import forged
from tests.makers import world
from tests.together import both

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_bundle_that_is_handed_in_twice_at_once_is_kept_once() -> None:
    made = world()
    case = make.awaiting_quote(made)
    said = both(lambda: allowed(made, case), lambda: allowed(made, case, "seth"))
    assert sorted(said) == ["collection_open", "done"]
    content = forged(Collection.objects.select_related("engagement").get(), {})
    said = both(lambda: handed_in(made, case, content), lambda: handed_in(made, case, content, "seth"))
    assert sorted(said) == ["bundle_replayed", "done"]
    assert CollectedOutput.objects.count() == 1
    assert differences() == []


def test_collector_is_used_or_withdrawn_never_both() -> None:
    made = world()
    case = make.awaiting_quote(made)
    content = forged(allowed(made, case), {})
    said = both(
        lambda: handed_in(made, case, content),
        lambda: collecting.withdraw_collection(case.pk, by=made.actor("seth"), at=AT),
    )
    assert said in (["done", "nothing_allowed"], ["collection_withdrawn", "done"])


def test_two_entries_of_a_dossier_that_are_corrected_at_once_do_not_end_under_one_title() -> None:
    made = world()
    entries = [note(made), note(made, title="Second room")]
    said = both(
        *(
            lambda entry=entry, who=who: dossier.correct_dossier_entry(
                entry.pk, title="Third room", text="Rack 7.", by=made.actor(who), at=REVEALED
            )
            for entry, who in zip(entries, ("rita", "seth"), strict=True)
        )
    )
    assert sorted(said) == ["done", "known"]
    assert DossierEntry.objects.filter(title="Third room").count() == 1
