"""The blog itself, as it is, for the way with the event store: its own processes, which can be
killed at one precise place, and what its databases hold in the end."""
