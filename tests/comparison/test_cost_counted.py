"""Lines of code and touched files are read off the source, exactly; every stored copy of a text is
found, in any table and form."""

from fnmatch import fnmatch
from pathlib import Path

import pytest
from django.db import connections

from comparison.cost.code import PURPOSES, code, group_of, naming, source, touched
from comparison.cost.stored import occurrences, stored, table_bytes
from comparison.loading import load_services
from config.processes.paths import BASE
from lab.data import blog
from lab.lines import code_words, count_lines

SERVICES = {"eventstore", "posts", "comments", "moderation", "query"}
BLOG = blog(8, seed=3)
COMMENTS = [comment for post in BLOG for comment in post.comments]


def test_a_file_is_touched_that_names_all_fields(tmp_path: Path) -> None:
    sources = {
        "both.py": 'fields = ("author", "content")',
        "one.py": "author = comment.author",
        "said.py": 'author = 1  # and content\n"""And content."""\n',
        "form.html": "{{ comment.author }} {{ comment.content }}",
    }
    for name, content in sources.items():
        (tmp_path / name).write_text(content)

    touched = naming(str(tmp_path / name) for name in sources)

    assert [Path(name).name for name in touched] == ["both.py", "form.html"]


def test_every_file_of_the_blog_is_counted_once() -> None:
    apart = {"comparison", "tests", "lab", "docs", "static", "templates"}
    folders = {pattern.partition("/")[0] for pattern in PURPOSES["source"]} - {
        "manage.py",
        "templates",
    }
    packages = {path.parent.name for path in BASE.glob("*/__init__.py")}
    assert packages - apart == folders

    counted = [file.path for group in code().groups for file in group.files]
    assert len(counted) == len(set(counted))
    assert set(counted) == {path for path in source(PURPOSES["source"]) if count_lines(BASE / path)}
    for group in PURPOSES["groups"]:
        for pattern in group["patterns"]:
            assert any(fnmatch(path, pattern) for path in counted), pattern


@pytest.mark.parametrize(
    ("path", "group"),
    [
        ("eventstore/store.py", "events"),
        ("eventstore/management/commands/replay_events.py", "events"),
        ("query/models.py", "read-model"),
        ("moderation/handlers.py", "read-model"),
        ("moderation/migrations/0003_parked_events.py", "read-model"),
        ("config/processes/runner.py", "processes"),
        ("config/filebroker.py", "processes"),
        ("web/origins.py", "apart"),
        ("moderation/rules.py", "blog"),
        ("query/page.py", "blog"),
        ("config/settings.py", "blog"),
        ("templates/query/_post.html", "blog"),
    ],
)
def test_what_a_file_is_for(path: str, group: str) -> None:
    assert (BASE / path).exists()
    assert group_of(path)["name"] == group


def test_columns_are_the_sums_of_their_groups() -> None:
    found = code()

    cells = {cell.column: cell.lines for cell in found.cells}
    sizes = {group.name: group.lines for group in found.groups}
    assert cells["one"] == sizes["blog"]
    assert cells["services"] == sum(sizes.values())
    assert cells["services"] - cells["modules"] == sizes["apart"] > 0
    assert all(sizes[group["name"]] for group in PURPOSES["groups"])
    assert 0 < found.plain.lines < cells["one"]


def test_a_field_of_a_comment_is_in_every_copy_of_it() -> None:
    found = {cell.column: set(cell.files) for cell in touched().cells}

    copies = {f"{app}/models.py" for app in ("comments", "moderation", "query")}
    assert found["services"] == found["modules"] >= copies | {"eventstore/contracts.py"}
    assert not any(path.startswith(("posts/", "config/")) for path in found["services"])
    assert found["one"] >= {"comparison/models.py", "comparison/plain/api.py", "importer/wxr.py"}
    assert not found["one"] & {"eventstore/contracts.py", *copies}


def test_the_one_application_needs_no_events() -> None:
    names = {path: code_words(BASE / path) for path in source(PURPOSES["plain"])}

    assert names.keys() >= {"comparison/models.py", "comparison/plain/services.py"}
    for path, found in names.items():
        assert not {"eventstore", "Outbox", "celery", "publish"} & found, path


def test_a_text_is_found_wherever_it_stands() -> None:
    texts = ["Größe", "apple", "missing"]
    values = ["Größe", '{"content":"Größe","author":"apple"}', "an apple pie"]

    assert occurrences(texts, values) == (4, 2 * 7 + 2 * 5)
    assert occurrences([], values) == occurrences(texts, []) == (0, 0)


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_each_service_has_its_copy_and_the_log_has_one_of_each_event() -> None:
    load_services(BLOG)

    found = stored(BLOG)

    assert set(found.aliases) == {"default", *SERVICES}
    databases = {each.alias: each for each in found.databases}
    assert databases.keys() == SERVICES
    decided = sum(comment.status != "pending" for comment in COMMENTS)
    comments = {alias: each.comment_texts for alias, each in databases.items()}
    assert comments == {
        "eventstore": len(COMMENTS) + decided,  # created, and updated when it was decided
        "posts": 0,
        "comments": len(COMMENTS),
        "moderation": len(COMMENTS),
        "query": len(COMMENTS),
    }
    posts = {alias for alias, each in databases.items() if each.post_texts == len(BLOG)}
    assert posts == {"eventstore", "posts", "query"}
    tables = {table.table: table for each in databases.values() for table in each.tables}
    assert tables["query_commentview"].rows == len(COMMENTS)
    assert tables["comments_comment"].text_bytes == sum(
        len(comment.content.encode()) for comment in COMMENTS
    )


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_a_table_has_at_least_the_bytes_of_its_texts() -> None:
    load_services(BLOG)

    for alias in SERVICES:
        sizes = table_bytes(connections[alias])
        assert sizes, alias
    for database in stored(BLOG).databases:
        for table in database.tables:
            assert table.bytes
            assert table.bytes >= table.text_bytes
        assert database.bytes == sum(table.bytes or 0 for table in database.tables)
