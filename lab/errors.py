"""The one error of the lab."""


class LabFailed(RuntimeError):
    """The lab could not do its work: a process did not start, or a request failed. The message is
    one line, followed by the end of the process's output where there is one."""
