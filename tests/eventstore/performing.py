"""Tasks, performed as a worker does."""

import uuid
from typing import Any

from celery import Task, current_app
from celery.app.trace import build_tracer


def perform(task: Task[Any, Any], service: str) -> None:
    """Runs the task for this service, to the storing of its result."""
    task_id = str(uuid.uuid4())
    request = {"id": task_id, "task": task.name, "argsrepr": repr((service,)), "kwargs": {}}
    build_tracer(task.name, task, app=current_app)(task_id, [service], {}, request)
