"""The project: settings, databases, the Celery application, the processes.

Importing it imports nothing: the command that supervises the processes needs neither Django nor
Celery.
"""
