"""How fast, and how large: ``python -m lab.bench`` measures, prints and keeps the figures.

This package starts processes and reads what they say; the modules of ``inside`` are what runs in
them, with Django. Databases, folders and queues are its own, and gone afterwards.
"""
