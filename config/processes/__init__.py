"""The processes of each topology: started, watched and stopped by supervisor.

``python -m config.processes run|run-services|start|stop|status``
"""
