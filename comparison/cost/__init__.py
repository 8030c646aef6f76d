"""What it costs: one application with one database, the monolith of modules, and the services,
side by side. The last two are the same code."""
