"""Columns that many tables have: one of a set of words, and a person."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import models


def choices(words: Iterable[StrEnum]) -> list[tuple[str, str]]:
    """The words of a set as the database keeps them."""
    return [(word.value, word.value) for word in words]


def person(*, null: bool = False) -> "models.ForeignKey[Any, Any]":
    """Somebody who cannot be deleted while a row names them."""
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=null)
