"""Reads a feed's XML element by element, and trusts nothing in it."""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse


class WxrError(Exception):
    """The file cannot be imported; the message is one line for people."""


ADVICE = "Export it in WordPress under Tools, Export."


def channel_elements(path: Path) -> Iterator[Element]:
    """The children of an RSS feed's channel, each whole, and forgotten when the next is asked for.
    Raises WxrError."""
    with _one_line_errors(path), _regular_file(path).open("rb") as file:
        parents: list[Element] = []
        for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
            if event == "start":
                if not parents and element.tag != "rss":
                    began = f"it begins with <{element.tag[:60]}>"
                    raise WxrError(f"{path} is no WordPress export: {began}. {ADVICE}")
                parents.append(element)
                continue
            parents.pop()
            if len(parents) == 2:
                yield element
                parents[-1].clear()


def _regular_file(path: Path) -> Path:
    if not stat.S_ISREG(path.stat().st_mode):
        raise WxrError(f"{path} is no file that can be read twice: save the export in one first.")
    return path


@contextmanager
def _one_line_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WxrError(f"{path} cannot be read: {error.strerror}. Check its name.") from error
    except DefusedXmlException as error:
        raise WxrError(
            f"{path} declares a document type or entities, which no WordPress export does: "
            f"it may be an attack. {ADVICE}"
        ) from error
    except (ParseError, ValueError, LookupError) as error:
        raise WxrError(
            f"{path} is no well-formed XML: {error}. Export it again, or repair that place."
        ) from error
