"""Wrong usage of a command is one line on stderr that says what to do, and exit code 2."""

import pytest
from django.core.management import CommandError, ManagementUtility, call_command

COMMANDS = ("replay_events", "services", "import_wxr", "compare", "create_databases")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("replay_events --bogus", "unrecognized arguments: --bogus"),
        ("replay_events --batch-size abc", "invalid int value: 'abc'"),
        ("replay_events --verify --missed", "not allowed with"),
        ("replay_events query posts", "unrecognized arguments: posts"),
        ("services extra", "unrecognized arguments: extra"),
        ("import_wxr", "required: file"),
        ("compare", "required: part"),
        ("compare nothing", "invalid choice: 'nothing'"),
        ("create_databases --all\nof-it", "unrecognized arguments: --all of-it"),
    ],
)
def test_at_the_command_line(capsys: pytest.CaptureFixture[str], line: str, why: str) -> None:
    with pytest.raises(SystemExit) as exited:
        ManagementUtility(["manage.py", *line.split(" ")]).execute()
    out, err = capsys.readouterr()
    assert exited.value.code == 2
    assert (out, err.count("\n")) == ("", 1)
    assert why in err
    assert f"see manage.py {line.split()[0]} --help" in err


@pytest.mark.parametrize("command", COMMANDS)
def test_from_a_program_it_is_an_exception(command: str) -> None:
    with pytest.raises(CommandError, match=r"unrecognized arguments: --bogus|required: "):
        call_command(command, "--bogus")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_help(capsys: pytest.CaptureFixture[str], command: str) -> None:
    with pytest.raises(SystemExit) as exited:
        ManagementUtility(["manage.py", command, "--help"]).execute()
    assert exited.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: manage.py {command}")
