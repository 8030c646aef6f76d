"""The page ``/comparison/``: what was measured, drawn and put into words.

Everything on it is made from the results file alone (``comparison.results``), by pure functions:
``shapes`` reads the file, ``charts`` draws, ``sections`` says what each part found, and ``verdict``
when to choose which. It opens no database and needs no service, so whoever serves the blog's page
can serve it.
"""
