"""The files that a new field of a comment would touch: those that name all fields which a person
writes in one. A further field goes where these go."""

from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from comparison.cost.code.groups import ALL, files, plain_files
from config.processes.paths import BASE
from lab.lines import code_words

FIELDS = frozenset({"author", "content"})
"""Either alone is a word of others, too: posts have an author, responses a content."""

AS_IT_IS = ("templates/*", "comments/forms.py", "comments/views.py", "importer/*")
"""What the one application that is measured does not have, and a whole one would: the page's HTML
and forms, the import. These would be touched in it as well."""


def touched() -> dict[str, Any]:
    """``{"fields", "cells"}``; of each column the files by name. A migration that names the
    fields stands for a new one in its place."""
    services = naming(files())
    missing = [path for path in services if any(fnmatch(path, each) for each in AS_IT_IS)]
    one = naming(plain_files()) + missing
    return {
        "fields": sorted(FIELDS),
        "cells": [
            {"column": column, "count": len(some), "files": some}
            for column, some in zip(ALL, (one, services, services), strict=True)
        ],
    }


def naming(paths: Iterable[Path], fields: frozenset[str] = FIELDS) -> list[str]:
    return [path.as_posix() for path in paths if fields <= code_words(BASE / path)]
