"""What the code costs: its lines, and the files that a change touches, read off the source."""
