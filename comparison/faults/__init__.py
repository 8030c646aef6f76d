"""What an outage does to the page: each way, with each process and database down, slow, failing."""
