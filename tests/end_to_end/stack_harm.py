"""What may be done to a stack that runs."""

from pathlib import Path
from urllib.parse import urlsplit

from tests.end_to_end.stacks import Stack
from tests.servers import mariadb, need, postgresql


def kill(stack: Stack, program: str) -> None:
    """And supervisor starts it again."""
    for process in stack.run.processes_of(program):
        process.kill()


def execute(stack: Stack, *statements: str) -> None:
    """On the databases' server."""
    if stack.url.startswith("postgres"):
        with postgresql(need("PostgreSQL")) as connection:
            for statement in statements:
                connection.execute(statement)
    else:
        with mariadb(need("MariaDB")) as there, there.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def name_of(stack: Stack, alias: str) -> str:
    return urlsplit(stack.url.format(alias=alias)).path[1:]


def lose_page(stack: Stack) -> None:
    if stack.url.startswith("sqlite"):
        Path(urlsplit(stack.url.format(alias="query")).path).unlink()
        return
    query = name_of(stack, "query")
    if stack.url.startswith("postgres"):
        execute(stack, f'DROP DATABASE "{query}" WITH (FORCE)', f'CREATE DATABASE "{query}"')
    else:
        execute(stack, f"DROP DATABASE `{query}`", f"CREATE DATABASE `{query}`")
