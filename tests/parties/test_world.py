"""The demo world is real: every row came through an action, and every log verifies."""

from breakfix.kernel.ledger.queries import check_log
from breakfix.parties.models import Person
from tests.makers import World
from tests.people import PEOPLE, actor


def test_world_enrols_everybody_with_their_roles(small_world: World) -> None:
    assert Person.objects.count() == len(PEOPLE)
    for key, someone in PEOPLE.items():
        assert actor(key).roles == frozenset(someone.roles)
        assert actor(key).organisation_id == small_world.organisations[someone.organisation].pk


def test_world_leaves_sound_logs(small_world: World) -> None:
    assert [check_log(organisation.pk) for organisation in small_world.organisations.values()] == [
        [],
        [],
        [],
        [],
    ]
