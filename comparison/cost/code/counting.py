"""Lines of code of each column, by what they are for."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from comparison.cost.code.groups import ALL, GROUPS, Group, files, group_of, plain_files
from config.processes.paths import BASE
from lab.lines import count_lines


def code() -> dict[str, Any]:
    """``{"cells", "groups", "plain"}``: sums of the columns; each group with its files; the one
    application that is measured, which is a part of what a whole one would be."""
    found: dict[str, list[Path]] = {group.name: [] for group in GROUPS}
    for path in files():
        found[group_of(path).name].append(path)
    groups = [_group(group, found[group.name]) for group in GROUPS]
    return {
        "cells": [_cell(column, groups) for column in ALL],
        "groups": groups,
        "plain": _counted(plain_files()),
    }


def _group(group: Group, paths: Iterable[Path]) -> dict[str, Any]:
    named = {"name": group.name, "title": group.title, "columns": list(group.columns)}
    return named | _counted(paths)


def _counted(paths: Iterable[Path]) -> dict[str, Any]:
    """Files without code, as an empty ``__init__.py``, are left out."""
    counted = [(path.as_posix(), count_lines(BASE / path)) for path in paths]
    return {
        "lines": sum(count for _, count in counted),
        "files": [{"path": path, "lines": count} for path, count in counted if count],
    }


def _cell(column: str, groups: Iterable[dict[str, Any]]) -> dict[str, Any]:
    its = [group for group in groups if column in group["columns"]]
    return {
        "column": column,
        "lines": sum(group["lines"] for group in its),
        "files": sum(len(group["files"]) for group in its),
    }
