"""How events travel between services, and what is left of them when something fails on the way."""
