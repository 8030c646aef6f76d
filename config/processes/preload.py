"""Processes that begin with everything loaded: supervisord imports the application once, and each
process of the monolith is a fork of it that shares these pages of memory.

It needs processes with the same settings. With ``run-services`` each has its own, and a Python of
its own. ``docs/decisions/0067`` has the figures.
"""

import atexit
import contextlib
import ctypes
import multiprocessing
import os
import runpy
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

PROGRAMS = ("granian", "config.worker")  # ``python -m`` each
# What they import when they start, and with the first request or task.
MODULES = (
    *("config.urls", "web.asgi", "granian.cli", "granian.asgi", "granian.server.mp"),
    *("multiprocessing.popen_fork", "whitenoise.responders", "django.contrib.auth.backends"),
    *("django.template.loaders.app_directories", "django.contrib.admin.templatetags.base"),
    *("celery.apps.worker", "celery.worker.components", "celery.events"),
    *("celery.concurrency.prefork", "celery.fixups.django", "celery.worker.consumer"),
    *("celery.worker.consumer.delayed_delivery", "celery.worker.strategy", "celery.app.log"),
    *("celery.app.control", "celery.app.events", "celery.events.receiver", "kombu.pidbox"),
    *("billiard.popen_fork", "billiard.heap", "billiard.sharedctypes", "billiard.synchronize"),
    *("config.filebroker", "django.db.models.sql.compiler"),
)
LEFT_TO_US = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGCHLD, signal.SIGUSR2)


def load() -> None:
    """Imports all that the processes need, and opens nothing: no connection, no thread."""
    import django
    from celery import current_app
    from django.apps import apps
    from django.conf import settings

    from config.startup import keep_loaded, read_settings_or_exit

    read_settings_or_exit()
    django.setup()
    current_app.loader.import_default_modules()
    current_app.finalize()
    for name in (*MODULES, *(each.rpartition(".")[0] for each in settings.MIDDLEWARE)):
        import_module(name)
    for model in apps.get_models():
        str(model._default_manager.all().query)  # fills what Django remembers of each model
    keep_loaded()


def is_loaded(command: Sequence[str]) -> bool:
    """Whether ``command`` is one of ``PROGRAMS``, and they are loaded."""
    return command[1] == "-m" and command[2] in PROGRAMS and MODULES[-1] in sys.modules


def become(command: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """In a child that was just forked: runs ``python -m MODULE ARGUMENT…`` in place of its parent's
    program, as exec would."""
    code = 1
    try:
        for number in LEFT_TO_US:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.environ.clear()
        os.environ.update(environment)
        with contextlib.suppress(OSError, ValueError):
            _show(command)
        multiprocessing.set_start_method("fork", force=True)  # of granian's process
        sys.argv = list(command[2:])
        runpy.run_module(command[2], run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as error:
        code = _exit_code(error)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        with contextlib.suppress(BaseException):
            for thread in threading.enumerate():
                if not thread.daemon and thread is not threading.main_thread():
                    thread.join()
            atexit._run_exitfuncs()
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _show(command: Sequence[str]) -> None:
    """Has ps show `command`, as far as there is room, and not that of our parent. (On Linux: the
    memory from which the kernel reads it is overwritten.)"""
    if sys.platform != "linux":
        return
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    start, end = (int(fields[number - 3]) for number in (48, 49))  # see proc(5): it counts from 1
    shown = b"\0".join(map(os.fsencode, command))[: end - start - 1]
    if start:
        ctypes.memmove(start, shown.ljust(end - start, b"\0"), end - start)


def _exit_code(error: SystemExit) -> int:
    if error.code is None or isinstance(error.code, int):
        return error.code or 0
    print(error.code, file=sys.stderr)
    return 1
