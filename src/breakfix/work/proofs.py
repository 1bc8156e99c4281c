"""What a domain wants shown before its service is called restored, beside what the change tests anyway."""

from collections.abc import Sequence

from breakfix.agreements.values import Domain
from breakfix.incidents.models import Engagement
from breakfix.work.rules.proving import is_test


def unplanned(engagement: Engagement, planned: Sequence[str]) -> list[tuple[str, str]]:
    """The tests that the domain wants and the change does not plan, each with what its note has to say."""
    wanted = Domain(engagement.domain).described.tests
    return [(one, told) for one, told in wanted.items() if not any(is_test(name, one) for name in planned)]
