"""The tour, played on the running app over HTTP: ``python -m lab.tour`` (``make demo``)."""
