"""The benchmarks: ``python -m lab.bench`` measures how fast and how large the blog is, prints the
figures and records them. The modules here start processes and read their results; ``inside`` is
what runs in them, with Django."""
