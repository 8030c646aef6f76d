"""A program logs in: what the public does not see, a newcomer has to be allowed to read."""

from http.cookies import SimpleCookie
from urllib.parse import urlencode

from config.processes.prepare import ADMIN
from lab.asking import Said, ask
from lab.errors import LabFailed

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def login(address: str, password: str) -> dict[str, str]:
    """Headers that make a request one of the administrator's, to whichever process that shares
    the ``default`` database. (Name and password with each request would be checked each time,
    which is slow on purpose.) Raises LabFailed."""
    url = f"{address}/admin/login/"
    token = _cookies(ask("GET", url))["csrftoken"]
    form = {"username": ADMIN, "password": password, "csrfmiddlewaretoken": token}
    headers = {**FORM, "Cookie": f"csrftoken={token}"}
    cookies = _cookies(ask("POST", url, urlencode(form).encode(), headers))
    if "sessionid" not in cookies:
        raise LabFailed(f"the administrator cannot log in at {url}")
    return {
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "X-CSRFToken": cookies["csrftoken"],
    }


def _cookies(said: Said) -> dict[str, str]:
    given = [SimpleCookie(header) for header in said.headers.get_all("Set-Cookie", [])]
    return {name: morsel.value for cookie in given for name, morsel in cookie.items()}
