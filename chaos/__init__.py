"""Nothing is lost and nothing happens twice: ``python -m chaos`` tries hard to show the opposite.

Writers post, comment, edit, delete and moderate over HTTP on the services topology, while processes
are killed, the broker is lost and the databases' connections are cut. Afterwards every write that
was answered is looked for. Folder, ports, databases and broker are its own, and gone afterwards.
"""
