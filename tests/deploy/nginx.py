"""A real nginx with the configuration of deploy/nginx, on loopback, as whoever runs the tests."""

import os
import re
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx

from config.processes.paths import BASE
from lab.own_servers import find_program, is_installed
from lab.stack import free_port
from tests.needs import require

FILES = BASE / "deploy/nginx"
NAME = "blog.example"
SECONDS = 20
MAIN = """\
{user}
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
    include /etc/nginx/mime.types;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {rest}
}}
"""


class Nginx:
    """``plain`` and ``secure`` are its ports for HTTP and HTTPS."""

    def __init__(self, folder: Path, plain: int, secure: int) -> None:
        self.folder, self.plain, self.secure = folder, plain, secure
        self._context = ssl.create_default_context(cafile=folder / "fullchain.pem")

    @contextmanager
    def client(self, sender: str) -> Iterator[httpx.Client]:
        """Over HTTPS, by the blog's name, from this address of this machine."""
        with httpx.Client(
            transport=httpx.HTTPTransport(verify=self._context, local_address=sender),
            base_url=f"https://127.0.0.1:{self.secure}",
            headers={"Host": NAME},
            timeout=SECONDS,
        ) as client:
            client.event_hooks = {"request": [_by_name]}
            yield client

    def request(
        self, method: str, path: str, sender: str = "127.0.0.1", **more: Any
    ) -> httpx.Response:
        with self.client(sender) as client:
            return client.request(method, path, **more)


def _by_name(request: httpx.Request) -> None:
    request.extensions["sni_hostname"] = NAME


@contextmanager
def blog(folder: Path, upstreams: str, port: int) -> Iterator[Nginx]:
    """nginx as an operator sets it up, with the blog's process on ``port``. ``upstreams`` is the
    file that is included as upstreams.conf. Skips the test without nginx or openssl."""
    require("nginx", is_installed("nginx"))
    require("openssl", is_installed("openssl"))
    plain = free_port(2)
    _make_certificate(folder)
    text = (FILES / upstreams).read_text()
    (folder / "upstreams.conf").write_text(text.replace("127.0.0.1:8000", f"127.0.0.1:{port}"))
    text = _placed(
        (FILES / "hindsight.conf").read_text(),
        {
            "/etc/nginx/hindsight/": f"{folder}/",
            "/etc/hindsight/tls/": f"{folder}/",
            "/var/lib/hindsight/static/": f"{folder}/static/",
            "/var/log/nginx/": f"{folder}/",
            "/var/www/acme": f"{folder}/acme",
            "listen 80": f"listen 127.0.0.1:{plain}",
            "listen 443": f"listen 127.0.0.1:{plain + 1}",
        },
    )
    text = re.sub(r"^ *listen \[::\].*\n", "", text, flags=re.MULTILINE)  # not on every machine
    with started(folder, text, plain):
        yield Nginx(folder, plain, plain + 1)


@contextmanager
def started(folder: Path, configuration: str, port: int) -> Iterator[None]:
    """nginx with this text in its ``http``, after it has found it valid, until ``port`` is open."""
    require("nginx", is_installed("nginx"))
    user = "user root;" if os.geteuid() == 0 else ""  # else it could not read our private folder
    file = folder / "nginx.conf"
    file.write_text(MAIN.format(user=user, folder=folder, rest=configuration))
    command = (find_program("nginx"), "-c", str(file), "-e", f"{folder}/error.log")
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "[warn]" not in checked.stderr
    server = subprocess.Popen(command)
    try:
        end = monotonic() + SECONDS
        while not _is_open(port):
            assert server.poll() is None, (folder / "error.log").read_text()
            assert monotonic() < end
            sleep(0.02)
        yield
    finally:
        server.terminate()
        server.wait(SECONDS)


def _is_open(port: int) -> bool:
    try:
        httpx.get(f"http://127.0.0.1:{port}/", headers={"Host": NAME})
    except httpx.ConnectError:
        return False
    except httpx.RemoteProtocolError:  # it gave no response, as it should to some
        pass
    return True


def _placed(text: str, places: Mapping[str, str]) -> str:
    """``text`` with each of these replaced. All of them have to be in it."""
    for there, here in places.items():
        assert there in text, there
        text = text.replace(there, here)
    return text


def _make_certificate(folder: Path) -> None:
    """Self-signed, for the blog's name."""
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *(
                "-nodes",
                "-days",
                "2",
                "-subj",
                f"/CN={NAME}",
                "-addext",
                f"subjectAltName=DNS:{NAME}",
            ),
            *("-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")),
        ],
        check=True,
        capture_output=True,
    )
