"""The project: settings, databases, the Celery application, the processes.

Importing it imports nothing: who starts and stops processes needs neither Django nor Celery.
"""
