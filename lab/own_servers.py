"""Database servers of our own, which may be paused or killed: the machine's are others' as well.
Each is empty, listens on 127.0.0.1 and is gone, with its files, at the end."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from config.processes.layout import HOST
from lab.errors import LabFailed, wait_until
from lab.servers import mariadb, postgresql
from lab.stack import STILL, free_port

START_SECONDS, STOP_SECONDS, PAUSE_SECONDS = 60, 20, 10
SEARCH_PATH = os.pathsep.join(
    (
        os.environ.get("PATH", os.defpath),
        "/usr/sbin",
        *(str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)),
    )
)


class OwnServer:
    """A server's processes. ``url`` ends before the name of a database."""

    def __init__(self, url: str, command: Sequence[str], folder: Path) -> None:
        self.url = url
        self._log = folder / "log"
        with self._log.open("ab") as log:
            self._process = psutil.Popen(
                command,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **_account(),
            )

    @property
    def pid(self) -> int:
        """Of its first process, which leads a process group."""
        return int(self._process.pid)

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def await_ready(self, connect: Callable[[str], object]) -> None:
        """Until ``connect(url)`` succeeds. Raises LabFailed with the end of its log."""

        def problem() -> str:
            return f"{self.url} did not start:\n{self._log.read_text(errors='replace')[-2_000:]}"

        def responds() -> bool:
            if self.has_ended:
                raise LabFailed(problem())
            with suppress(Exception):  # each driver has errors of its own
                connect(self.url)
                return True
            return False

        wait_until(responds, START_SECONDS, problem, step=0.1)

    def pause(self) -> None:
        """It stands still, with all its processes: the kernel goes on accepting connections and
        data for it. Raises LabFailed."""
        self._signal(signal.SIGSTOP)
        wait_until(self._is_still, PAUSE_SECONDS, f"{self.url} does not stand still", step=0.002)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def end(self) -> None:
        self._signal(signal.SIGKILL)
        self._process.wait(STOP_SECONDS)

    def _family(self) -> list[psutil.Process]:
        with suppress(psutil.NoSuchProcess):
            return [self._process, *self._process.children(recursive=True)]
        return []

    def _signal(self, number: signal.Signals) -> None:
        # The first one first, so that it starts no others meanwhile.
        for process in self._family():
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)

    def _is_still(self) -> bool:
        for process in self._family():
            with suppress(psutil.NoSuchProcess):
                if process.status() not in STILL:
                    return False
        return True


@contextmanager
def own_postgresql() -> Iterator[OwnServer]:
    """Its administrator needs no password. Raises LabFailed."""
    with _folder() as folder:
        data, port = folder / "data", free_port()
        options = ("--username=postgres", "--auth=trust", "--no-sync", "--encoding=UTF8")
        _run(folder, find_program("initdb"), "--pgdata", data, *options, "--locale=C")
        settings = {
            "port": port,
            "listen_addresses": HOST,
            "unix_socket_directories": folder,
            "fsync": "off",
            "max_connections": 200,
        }
        arguments = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        command = (find_program("postgres"), "-D", str(data), *arguments)
        with _running(f"postgres://postgres@{HOST}:{port}", command, folder) as server:
            server.await_ready(lambda url: postgresql(url).close())
            yield server


@contextmanager
def own_mariadb() -> Iterator[OwnServer]:
    """Its administrator ``root`` needs no password. Raises LabFailed."""
    with _folder() as folder:
        data, port = folder / "data", free_port()
        _run(
            *(folder, find_program("mariadb-install-db"), "--no-defaults", f"--datadir={data}"),
            *("--auth-root-authentication-method=normal", "--skip-test-db"),
        )
        command = (
            *(find_program("mariadbd"), "--no-defaults", f"--datadir={data}"),
            *(f"--port={port}", f"--bind-address={HOST}", f"--socket={folder}/socket"),
            *("--innodb-flush-log-at-trx-commit=0", "--skip-name-resolve"),
        )
        with _running(f"mysql://root@{HOST}:{port}", command, folder) as server:
            server.await_ready(lambda url: mariadb(url).close())
            yield server


@contextmanager
def own_pgbouncer(url: str, pool_mode: str = "transaction", pool_size: int = 2) -> Iterator[str]:
    """pgbouncer in front of the PostgreSQL server of ``url``, as Debian configures it: its URL.
    Raises LabFailed."""
    host, port = url.rpartition("@")[2].split(":")
    user = url.partition("://")[2].rpartition("@")[0].partition(":")[0]
    with _folder() as folder:
        own_port, users = free_port(), folder / "users"
        users.write_text(f'"{user}" ""\n')
        configuration = folder / "pgbouncer.ini"
        configuration.write_text(
            f"[databases]\n* = host={host} port={port}\n"
            f"[pgbouncer]\nlisten_addr = {HOST}\nlisten_port = {own_port}\nunix_socket_dir =\n"
            f"auth_type = trust\nauth_file = {users}\n"
            f"pool_mode = {pool_mode}\ndefault_pool_size = {pool_size}\n"
        )
        own = f"postgres://{user}@{HOST}:{own_port}"
        command = (find_program("pgbouncer"), str(configuration))
        with _running(own, command, folder) as server:
            server.await_ready(lambda url: postgresql(url).close())
            yield server.url


def find_program(name: str) -> str:
    """The path of a server's program. Raises LabFailed where this machine has none."""
    if path := shutil.which(name, path=SEARCH_PATH):
        return path
    raise LabFailed(f"{name} was not found on this machine")


def is_installed(*names: str) -> bool:
    return all(shutil.which(name, path=SEARCH_PATH) for name in names)


@contextmanager
def _running(url: str, command: Sequence[str], folder: Path) -> Iterator[OwnServer]:
    server = OwnServer(url, command, folder)
    try:
        yield server
    finally:
        server.end()


@contextmanager
def _folder() -> Iterator[Path]:
    """An empty one that the servers' user may enter: those that experiments have are ours alone."""
    folder = Path(tempfile.mkdtemp(prefix="hindsight-server-"))
    try:
        if account := _account():
            shutil.chown(folder, account["user"], account["group"])
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _account() -> dict[str, Any]:
    """The servers refuse to run as root: then, an account that can do nothing else."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "mysql", "nobody"):
        with suppress(KeyError):
            found = pwd.getpwnam(name)
            return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    raise LabFailed("there is no account that a server could run as")


def _run(folder: Path, *command: object) -> None:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        **_account(),
    )
    if done.returncode:
        raise LabFailed(f"{command[0]} failed:\n{(done.stdout + done.stderr)[-2_000:]}")
