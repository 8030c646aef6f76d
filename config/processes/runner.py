"""``run`` and ``run-services``: starts everything, stays, and ends everything."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from config.processes import checks
from config.processes.client import Supervisor
from config.processes.errors import Problem
from config.processes.failing import Failing
from config.processes.groups import end_groups
from config.processes.layout import Layout, Topology, layout
from config.processes.places import BASE, Places
from config.processes.stopsignals import StopSignals
from config.processes.supervisorconf import STOP_SECONDS, supervisor_config
from config.processes.texts import banner, say
from config.processes.waiting import await_ready, tail

DAEMON = Path(__file__).with_name("daemon.py")
START_SECONDS = 90


def run(topology: Topology, environment: Mapping[str, str]) -> int:
    """Returns when it was asked to stop, and everything has ended. Raises Problem."""
    os.umask(0o077)  # what we and our processes write is for us alone
    prefix = environment.get("QUEUE_PREFIX", "")
    plan = layout(topology, checks.port_of(environment), prefix)
    places = Places.of(environment)
    places.make()
    with checks.alone(places):
        checks.ports_free(plan)
        signals = StopSignals()
        env = process_environment(plan, places, environment)
        if not _prepare(env, signals):
            return 0 if signals.count else 1
        places.config.write_text(supervisor_config(plan, places))
        return _Run(plan, places, signals, env).stay()


def process_environment(
    plan: Layout, places: Places, environment: Mapping[str, str]
) -> dict[str, str]:
    """What every process gets. The user's own settings come before the topology's."""
    inherited = dict(environment)
    inherited.pop("SERVICES", None)  # the layout says who is what
    bin_folder = str(Path(sys.executable).parent)
    return {
        **inherited,
        **{name: environment.get(name) or value for name, value in plan.environment.items()},
        "VAR_DIR": str(places.var),
        "PATH": os.pathsep.join([bin_folder, environment.get("PATH", os.defpath)]),
    }


def _prepare(env: Mapping[str, str], signals: StopSignals) -> bool:
    """Migrates in a process of its own. False where that failed, or a signal came in between."""
    child = subprocess.Popen(
        [sys.executable, "-m", "config.processes.prepare"],
        cwd=BASE,
        env=env,
        start_new_session=True,  # Ctrl+C is for us to pass on
    )
    while child.poll() is None:
        if signals.wait(0.02):
            child.terminate()
    return child.returncode == 0 and not signals.count


class _Run:
    """supervisord and what it started, from now until the end of `stay`."""

    def __init__(
        self, plan: Layout, places: Places, signals: StopSignals, env: Mapping[str, str]
    ) -> None:
        self.plan, self.places, self.signals = plan, places, signals
        self.hosts = env.get("ALLOWED_HOSTS", "")
        self.supervisor = Supervisor(places)
        self.pids: set[int] = set()
        self.parent_ended = _make_ended()
        with places.log("supervisord").open("a") as log:
            self.daemon = subprocess.Popen(
                [sys.executable, "-I", str(DAEMON), "-n", "-c", str(places.config)],
                stdin=subprocess.PIPE,  # the lifeline: see daemon.py
                stdout=log,
                stderr=log,
                cwd=places.var,
                env=env,
                start_new_session=True,  # Ctrl+C is for us alone
            )

    def stay(self) -> int:
        try:
            say(f"Starting {len(self.plan.programs)} processes …")
            await_ready(self.plan.programs, self.places, self._pause, START_SECONDS)
            if not self.signals.count:
                say(banner(self.plan, self.places, self.hosts))
            failing = Failing(self.plan, self.supervisor, self.places)
            while not self.signals.count and not self.parent_ended():
                with contextlib.suppress(Problem):  # it is too busy to answer
                    failing.look(self.supervisor.states())
                self._pause(1)
        finally:
            self._end()
        return 0

    def _pause(self, seconds: float) -> bool:
        """Waits. True where the waiting is to end. Raises Problem where supervisord died."""
        self.signals.wait(seconds)
        if self.daemon.poll() is not None:
            log = self.places.log("supervisord")
            raise Problem(
                f"supervisord died, so everything was stopped: {log} ends with", tail(log)
            )
        with contextlib.suppress(Problem):  # it does not answer yet
            self.pids = {state.pid for state in self.supervisor.states().values() if state.alive}
        return self.signals.count > 0

    def _end(self) -> None:
        say("\nStopping …")
        asked = self.signals.count
        if self.daemon.stdin:
            self.daemon.stdin.close()
        for _ in range((STOP_SECONDS + 5) * 10):
            if self.daemon.poll() is not None or self.signals.count > asked:
                break
            self.signals.wait(0.1)
        if self.daemon.poll() is None:
            self.daemon.kill()
            self.daemon.wait()
        end_groups(self.pids)
        say("Everything is stopped.")


def _make_ended() -> Callable[[], bool]:
    """Tells whether the make that started us was killed: then nobody waits for us any more."""
    parent = os.getppid()
    return lambda: "MAKELEVEL" in os.environ and os.getppid() != parent
