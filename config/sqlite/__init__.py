"""Django's database backend for SQLite, which notices that its file was deleted or replaced."""
