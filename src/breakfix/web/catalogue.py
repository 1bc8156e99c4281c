"""The provider's catalogue of parts: searched, and each part with what it fits and what may stand in for it."""

from typing import Any

from django.http import HttpResponse
from django.urls import path, reverse

from breakfix.kernel.errors import NotFound
from breakfix.parts import catalogue
from breakfix.parts.actions import catalogue as keeping
from breakfix.parts.values import Basis, Category
from breakfix.web.door import Visit, deed, page
from breakfix.web.field import GRADES
from breakfix.web.find import words_in

MOST = 200
BASES = [(Basis.VENDOR_MATRIX.value, "The maker's matrix"), (Basis.TESTED.value, "Tested by us")]
CATEGORIES = [(one.value, one.value.capitalize()) for one in Category]


def parts_known(visit: Visit) -> HttpResponse:
    """Every part in force of one's own organisation, filtered by words."""
    if not catalogue.is_reader(visit.by):
        raise NotFound("This page")
    words = words_in(visit.request.GET)
    typed = visit.typed.values.items()
    context = {
        "rows": catalogue.found(visit.by, words)[:MOST],
        "words": words,
        "categories": CATEGORIES,
        "grades": [(n, *grade) for n, grade in enumerate(GRADES)],
        "chosen": {value for name, value in typed if name.startswith("grades-")},
    }
    return visit.page("web/catalogue/list.html", context)


def own_catalogue(visit: Visit, provider_id: int) -> HttpResponse:
    """The catalogue, after something was added to it."""
    if provider_id != visit.by.organisation_id:
        raise NotFound("This page")
    return parts_known(visit)


def part_known(visit: Visit, catalogue_part_id: int) -> HttpResponse:
    """One part: the machines it is said to fit or not to fit, and its alternates."""
    found = catalogue.get_part(catalogue_part_id, visit.by)
    context = {"part": found, "fits": found.fits_known.all(), "alternates": found.alternates_known.all()}
    return visit.page("web/catalogue/part.html", {**context, "bases": BASES})


def fit(visit: Visit, fit_id: int) -> HttpResponse:
    """A statement stands on the page of its part."""
    return part_known(visit, catalogue.get_fit(fit_id, visit.by).part_id)


def alternate(visit: Visit, alternate_id: int) -> HttpResponse:
    """An alternate stands on the page of the part that it may replace."""
    return part_known(visit, catalogue.get_alternate(alternate_id, visit.by).part_id)


def _to_part(result: Any) -> str:
    return reverse("catalogue_part", args=[getattr(result, "part_id", None) or result.pk])


_ONE, _OWN = "catalogue/<int:catalogue_part_id>", "catalogue/of/<int:provider_id>"
_ACTS = (
    (_OWN, own_catalogue, keeping.add_catalogue_part, "Listed. Say what it fits."),
    (_ONE, part_known, keeping.withdraw_catalogue_part, "Withdrawn."),
    (_ONE, part_known, keeping.note_fit, "On record."),
    (_ONE, part_known, keeping.note_alternate, "On record."),
    ("fits/<int:fit_id>", fit, keeping.withdraw_fit, "Withdrawn."),
    ("alternates/<int:alternate_id>", alternate, keeping.withdraw_alternate, "Withdrawn."),
)
urlpatterns = [
    path("catalogue", page(parts_known), name="catalogue"),
    path(_OWN, page(own_catalogue), name="own_catalogue"),
    path(_ONE, page(part_known), name="catalogue_part"),
    path("fits/<int:fit_id>", page(fit), name="fit"),
    path("alternates/<int:alternate_id>", page(alternate), name="alternate"),
    *(
        path(f"{at}/{act.__name__}", deed(act, on=on, done=done, to=_to_part), name=act.__name__)
        for at, on, act, done in _ACTS
    ),
]
