"""What every experiment needs: sandbox, processes, HTTP, load, faults, data, statistics.

``comparison``, ``lab.bench``, ``lab.chaos``, ``lab.tour`` and the tests stand on it.
"""
