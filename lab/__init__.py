"""What every experiment needs: sandbox, processes, HTTP, load, faults, data, statistics."""
