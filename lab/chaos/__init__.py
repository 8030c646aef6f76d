"""Nothing is lost, nothing happens twice: ``python -m lab.chaos`` tries to show the opposite.

Writers post, comment, edit, delete and moderate over HTTP on the services topology, while processes
are killed, the broker is lost and the databases' connections are cut. Afterwards every write that
was answered is looked for. Folder, ports, databases and broker are its own, and gone afterwards.
"""
