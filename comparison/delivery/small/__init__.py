"""Two services as a teacher would write them, for the ways that do without an event store.

Each has a database of its own, and knows nothing of how events travel; how they do is in
``on_bus`` and ``on_broker``.
"""
