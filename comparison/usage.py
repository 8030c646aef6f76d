"""Which options of ``compare`` go together."""

from typing import Any

from eventstore.terminal import wrong_usage

SHOWN = ("kept", "markdown", "svg", "delay")
"""Options of what is shown."""
MEASURED = ("quick", "keep")
"""Options of measuring."""


def refuse_what_does_not_go_together(options: dict[str, Any]) -> None:
    every = (*SHOWN, *MEASURED)
    given = [name for name in every if options[name] is not None and options[name] is not False]
    if {"keep", "quick"} <= set(given):
        raise wrong_usage("--keep wants a full run: leave out --quick")
    for name in given:
        if options["show"] and name in MEASURED:
            raise wrong_usage(f"--show measures nothing: leave out --{name}")
        if not options["show"] and name in SHOWN:
            raise wrong_usage(f"--{name} wants --show")
    if "delay" in given and "svg" not in given:
        raise wrong_usage("--delay is the plot's: name its file with --svg")
