"""The golden log: events in every shape that a released program has stored, and the read model that
they make. No file of it is changed once it is there: a later program has to read them all.

``python -m tests.eventstore.golden NAME`` writes the next part, NNNN-NAME, in the shapes of the
contracts as they are now. It belongs to each release that raises a version or adds an attribute or
a type (see docs/contracts.md).
"""
