"""Filters beside the queue."""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin.filters import AllValuesFieldListFilter


class NamesFilter(AllValuesFieldListFilter):
    """The values that there are, with a word for the empty one."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        for choice in super().choices(changelist):
            yield {**choice, "display": choice["display"] or "(none)"}
