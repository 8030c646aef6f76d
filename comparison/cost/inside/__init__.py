"""What runs in processes with the databases of a column. They print JSON."""
