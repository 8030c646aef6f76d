class LabFailed(RuntimeError):
    """The lab could not do its work: a process did not start, or failed. One line, and what the
    process said last."""
