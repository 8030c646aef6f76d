class Problem(Exception):
    """What keeps a command from doing its work.

    The message is one line for a person, with what to do about it. ``details`` are lines that
    help to find the reason, as the end of a log.
    """

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.details = details
