"""Chaos tests in the manner of Jepsen: ``python -m lab.chaos`` tries to lose or to repeat a write.

Clients send operations (posts, comments, edits, decisions, deletions) to the services over HTTP,
while a nemesis kills processes, restarts the broker and cuts the databases' connections. Afterwards
a checker compares the history of the operations with the event log, the page and the tables.
Folder, ports, databases and broker are the run's own, and are removed afterwards.
"""
