"""The sections of the page: one file for each part, from its results to what the template shows."""
