"""How the admin writes what Django formats: events follow each other within a second."""

DATETIME_FORMAT = "j M Y, H:i:s"
