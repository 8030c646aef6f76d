"""``run`` and ``run-services``: starts everything, stays in the foreground, and ends everything.

What needs Django is checked before the start by prepare.py, in a process of its own.
"""

import contextlib
import fcntl
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from time import monotonic, sleep
from types import FrameType

from config.processes import ProcessError, supervisor
from config.processes.layout import HOST, Layout, Topology, is_for_staff, layout
from config.processes.paths import BASE, RunPaths, typed
from config.processes.supervisor import STOP_SECONDS, State, Supervisor, tail

DAEMON = "config.processes.daemon"
MAX_PORT = 65_535
START_SECONDS = 90
TERMINATE_SECONDS = 5.0  # between SIGTERM and SIGKILL


def run(topology: Topology, environment: Mapping[str, str]) -> int:
    """Returns the exit code when it was stopped and everything has ended. Raises ProcessError."""
    os.umask(0o077)  # what we and our processes write is for us alone
    plan = layout(topology, port_of(environment), environment.get("QUEUE_PREFIX", ""))
    paths = RunPaths.of(environment)
    paths.make()
    with run_lock(paths):
        check_ports(plan)
        signals = StopSignals()
        env = process_environment(plan, paths, environment)
        write_config(plan, paths)
        daemon = start_daemon(plan, paths, env)  # it loads the application meanwhile
        if not _prepare(env, signals):
            daemon.kill()
            daemon.wait()
            return 0 if signals.count else 1
        _Run(plan, paths, signals, env, daemon).stay()
        return 0


def port_of(environment: Mapping[str, str]) -> int:
    """``PORT``, 8000 where it is not set. Raises ProcessError."""
    value = environment.get("PORT") or "8000"
    with contextlib.suppress(ValueError):
        if 0 < (port := int(value)) <= MAX_PORT:
            return port
    raise ProcessError(f"PORT={value} is no port: choose a number such as 8000")


@contextlib.contextmanager
def run_lock(paths: RunPaths) -> Iterator[None]:
    """Holds the lock of `paths`; the kernel gives it back. Raises ProcessError."""
    with (paths.run / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ProcessError(
                f"already running, with its data in {paths.var}: stop that one first (Ctrl+C), "
                "or set VAR_DIR and PORT for a second one"
            ) from error
        # The processes of a command that was killed need a moment to end.
        earlier, end = Supervisor(paths), monotonic() + STOP_SECONDS + 5
        while earlier.responds():
            if monotonic() > end:
                raise ProcessError(
                    f"an earlier run still has processes: see {typed('status')}, {paths.logs}"
                )
            sleep(0.1)
        yield


def write_config(plan: Layout, paths: RunPaths) -> None:
    """Raises ProcessError. What the last run left is used again, so that on a full disk, too,
    everything starts that has run before."""
    config = supervisor.supervisor_config(plan, paths).encode()
    with contextlib.suppress(OSError):
        if paths.config.read_bytes() == config:
            return
    try:
        paths.config.write_bytes(config)
    except OSError as error:
        raise ProcessError(f"cannot write {paths.config} ({error.strerror})") from error


def check_ports(plan: Layout) -> None:
    """Raises ProcessError where one is in use, or there are not enough."""
    needed = len(plan.webs)
    if plan.port + needed - 1 > MAX_PORT:
        raise ProcessError(
            f"PORT={plan.port} is too high: {needed} ports in a row are needed, and there are "
            f"none after {MAX_PORT}; choose a number such as 8000"
        )
    for port in range(plan.port, plan.port + needed):
        if _in_use(port):
            starts = range(plan.port + 10, MAX_PORT - needed, 10)
            free = (at for at in starts if not any(map(_in_use, range(at, at + needed))))
            raise ProcessError(
                f"port {port} is in use: stop what uses it, or choose another "
                f"with PORT={next(free, 8000)}"
            )


def _in_use(port: int) -> bool:
    # Connects first: a server that shares its port would let us bind it.
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
        return True
    try:
        socket.create_server((HOST, port)).close()
    except OSError:
        return True
    return False


def process_environment(
    plan: Layout, paths: RunPaths, environment: Mapping[str, str]
) -> dict[str, str]:
    """The environment of every process. The user's own settings come before the topology's."""
    # The layout decides which process is which service.
    inherited = {name: value for name, value in environment.items() if name != "SERVICES"}
    bin_folder = str(Path(sys.executable).parent)
    return {
        **inherited,
        **{name: environment.get(name) or value for name, value in plan.environment.items()},
        "VAR_DIR": str(paths.var),
        "PATH": os.pathsep.join([bin_folder, environment.get("PATH", os.defpath)]),
    }


def start_daemon(
    plan: Layout, paths: RunPaths, env: Mapping[str, str]
) -> "subprocess.Popen[bytes]":
    """supervisord, which waits for a byte on its standard input: see daemon.py."""
    with paths.log("supervisord").open("a") as log:
        return subprocess.Popen(
            [sys.executable, "-m", DAEMON, plan.topology, "-n", "-c", str(paths.config)],
            stdin=subprocess.PIPE,  # the lifeline
            stdout=log,
            stderr=log,
            cwd=BASE,
            env=env,
            start_new_session=True,  # Ctrl+C is for us alone
        )


class StopSignals:
    """Counts Ctrl+C, SIGTERM and SIGHUP from its creation on, instead of ending by them. They are
    read from a pipe rather than raised, so that they never interrupt a step half done."""

    def __init__(self) -> None:
        self.count = 0
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)
        os.set_blocking(self._reader, False)
        signal.signal(signal.SIGINT, self._receive)
        signal.signal(signal.SIGTERM, self._receive)
        # Under nohup it is ignored on purpose.
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._receive)

    def wait(self, seconds: float) -> bool:
        """Waits for the next signal, `seconds` at most. True where one came."""
        ready, _, _ = select.select([self._reader], [], [], seconds)
        if ready:
            os.read(self._reader, 64)
        return bool(ready)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        os.write(self._writer, b"!")


class _Run:
    """supervisord and what it started, from now until the end of `stay`."""

    def __init__(
        self,
        plan: Layout,
        paths: RunPaths,
        signals: StopSignals,
        env: Mapping[str, str],
        daemon: "subprocess.Popen[bytes]",
    ) -> None:
        self.plan, self.paths, self.signals, self.daemon = plan, paths, signals, daemon
        self.hosts, self.posting = env.get("ALLOWED_HOSTS", ""), env.get("POSTING", "")
        self.supervisor = Supervisor(paths)
        self.states: dict[str, State] = {}
        self.parent = os.getppid()

    def stay(self) -> None:
        """Returns when everything has ended. Raises ProcessError where it does not start."""
        try:
            _print(f"Starting {len(self.plan.programs)} processes …")
            self._go()
            supervisor.await_ready(self.plan.programs, self.paths, self._pause, START_SECONDS)
            if not self.signals.count:
                _print(banner(self.plan, self.paths, self.hosts, self.posting))
            restarts = supervisor.Restarts(self.plan, self.supervisor, self.paths)
            while not (self.signals.count or self._pause(1)):
                for message in restarts.check(self.states):
                    _print(message)
                if "MAKELEVEL" in os.environ and os.getppid() != self.parent:
                    break  # the make that started us was killed: there is no terminal any more
        finally:
            self._end()

    def _pause(self, seconds: float) -> bool:
        """Waits. True where the waiting is to end. Raises ProcessError where supervisord died."""
        self.signals.wait(seconds)
        if self.daemon.poll() is not None:
            log = self.paths.log("supervisord")
            message = f"supervisord died, so everything was stopped: {log} ends with"
            raise ProcessError(message, tail(log))
        with contextlib.suppress(ProcessError):  # it does not respond yet, or is too busy
            self.states = self.supervisor.states()
        return self.signals.count > 0

    def _go(self) -> None:
        if self.daemon.stdin:
            with contextlib.suppress(BrokenPipeError):  # it died: see _pause
                self.daemon.stdin.write(b"!")
                self.daemon.stdin.flush()

    def _end(self) -> None:
        _print("\nStopping …")
        count = self.signals.count
        if self.daemon.stdin:
            self.daemon.stdin.close()
        for _ in range((STOP_SECONDS + 5) * 10):
            if self.daemon.poll() is not None or self.signals.count > count:
                break
            self.signals.wait(0.1)
        if self.daemon.poll() is None:
            self.daemon.kill()
            self.daemon.wait()
        _end_groups(state.pid for state in self.states.values() if state.alive)
        _print("Everything is stopped.")


def banner(plan: Layout, paths: RunPaths, hosts: str, posting: str = "") -> str:
    """The addresses. ``hosts`` is ``ALLOWED_HOSTS``: without ours, only a proxy gets a response.
    ``posting`` is ``POSTING``: it depends on them where it is not set."""
    page = plan.webs[0].address
    addresses = {"page": page, "admin": f"{page}/admin/", "API": f"{page}/api/docs/"}
    if plan.topology == "services":
        addresses = {"page": page, **{web.service: f"{web.address}/admin/" for web in plan.webs}}
    names = [name.strip() for name in hosts.split(",") if name.strip()]
    first = "Hindsight is running."
    if names and HOST not in names and "*" not in names:
        only = ", ".join(names)
        first = f"Hindsight is running for {only}: a proxy that passes this on finds it at"
    lines = {**addresses, "": "", "logs": paths.logs, "processes": typed("status")}
    if is_for_staff(posting, hosts):
        lines["posts"] = "are written by staff: log in, or set POSTING=everyone"
    table = [f"  {name:12}{value}".rstrip() for name, value in lines.items()]
    return "\n".join(["", first, "", *table, "", "Ctrl+C stops everything."])


def _print(text: str) -> None:
    """A terminal that has gone must not keep us from stopping everything."""
    with contextlib.suppress(OSError):
        print(text, flush=True)


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


def _end_groups(leaders: Iterable[int]) -> None:
    """Ends the process groups of `leaders` that still exist: nothing supervises them any more."""
    left = {leader for leader in leaders if _send(leader, signal.SIGTERM)}
    end = monotonic() + TERMINATE_SECONDS
    while left and monotonic() < end:
        sleep(0.05)
        left = {leader for leader in left if _send(leader, 0)}
    for leader in left:
        _send(leader, signal.SIGKILL)


def _send(leader: int, number: int) -> bool:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)
        return True
    return False
