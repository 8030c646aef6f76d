"""How a service that is added a year later gets the history."""
