"""``python -m tests.web.openapi [EXAMPLES] [SEED]``: has schemathesis call the whole API of the
running app as its schema describes it, and as it does not, with every check on: as an anonymous
visitor, as a moderator and as staff. Exit code 1 where an answer is
not what the schema promises, or 5xx.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.running import Run

EXAMPLES = 60
"""For each operation and visitor; what schemathesis makes of the schema's limits comes on top."""
VISITORS = ("anonymous", "moderator", "staff")
LEAST = 5_000
SETTINGS = {
    "THROTTLE_WRITES": "",
    "THROTTLE_LOGINS": "",
    "POSITION_WAIT": "0.01",
    "ADMIN_PASSWORD": "for tests only",
    "DJANGO_SETTINGS_MODULE": "config.settings",
}
TOKEN = "t" * 32


def main(examples: int, seed: int) -> int:
    cases: Counter[str] = Counter()
    failed = []
    with (
        TemporaryDirectory() as folder,
        Run("run", Path(folder, "var"), SETTINGS) as run,
    ):
        visitors = [sys.executable, "-m", "tests.children", "visitors"]
        sessions = json.loads(subprocess.check_output(visitors, env=run.environment))
        for visitor in VISITORS:
            print(f"\n=== as {visitor}", flush=True)
            reports = Path(folder, visitor)
            headers = _headers(sessions[visitor]) if visitor in sessions else []
            options = ["-n", str(examples), "--seed", str(seed), "--report-dir", str(reports)]
            if not _passes(run, [*options, *headers]):
                failed.append(visitor)
            theirs = _count(reports)
            print(f"{theirs.total():6} cases as {visitor}", flush=True)
            cases += theirs
        run.interrupt()
    for operation, count in sorted(cases.items()):
        print(f"{count:6} {operation}")
    print(f"{cases.total():6} cases in all, seed {seed}")
    if cases.total() < LEAST:
        print(f"fewer than {LEAST:,}: more EXAMPLES are needed", file=sys.stderr)
    for visitor in failed:
        print(f"failed as {visitor}", file=sys.stderr)
    return 1 if failed or cases.total() < LEAST else 0


def _passes(run: Run, options: list[str]) -> bool:
    program = [
        str(Path(sys.executable).with_name("schemathesis")),
        "--config-file",
        "tests/schemathesis.toml",
        "run",
        f"http://127.0.0.1:{run.port}/api/schema/?format=json",
    ]
    env = {**run.environment, "PYTHONPATH": os.curdir}
    done = subprocess.run([*program, "--report", "ndjson", *options], env=env, check=False)
    return done.returncode == 0


def _headers(session: str) -> list[str]:
    cookies = f"sessionid={session}; csrftoken={TOKEN}"
    return ["-H", f"Cookie: {cookies}", "-H", f"X-CSRFToken: {TOKEN}"]


def _count(reports: Path) -> Counter[str]:
    """How many cases each operation had."""
    count: Counter[str] = Counter()
    [report] = reports.glob("*.ndjson")
    for line in report.open():
        scenario = json.loads(line).get("ScenarioFinished", {})
        for case in scenario.get("recorder", {}).get("cases", {}).values():
            count[f"{case['value']['path']} {case['value']['method']}"] += 1
    return count


if __name__ == "__main__":
    given = [int(value) for value in sys.argv[1:]]
    sys.exit(main(*(given + [EXAMPLES, 0][len(given) :])))
