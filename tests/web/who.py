"""Who may do something, in the table of rights."""

from tests.people import MODERATING_STAFF, PEOPLE

Who = frozenset[str]
Cell = tuple[Who, int]
"""Who may, and the status that they get."""

ANYONE = Who(PEOPLE)
SUPERUSER = Who({"superuser"})
STAFF = Who({"staff", "superuser", MODERATING_STAFF})
DECIDERS = Who({"moderator", "superuser", MODERATING_STAFF})
QUEUE = Who({"superuser", MODERATING_STAFF})
NOBODY = Who()
