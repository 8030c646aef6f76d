"""The project: settings, databases, the Celery application, the processes.

Importing it imports nothing: what supervises the processes needs neither Django nor Celery."""
