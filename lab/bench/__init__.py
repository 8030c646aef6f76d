"""The benchmarks: how fast and how large the blog is. ``inside`` runs in the measured processes."""
