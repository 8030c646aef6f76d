"""The processes of each topology: started, watched and stopped by supervisor.

``python -m config.processes run|run-services|start|stop|status|web|worker``
"""


class ProcessError(Exception):
    """A command cannot do its work. The message is one line for a person, with what to do about it;
    ``details`` help to find the reason, such as the end of a log."""

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.details = details
