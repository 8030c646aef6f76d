"""The same page, built in every way, measured side by side: ``manage.py compare``.

The command starts real processes with databases of their own (``lab``), fills them with the same
data (``loading``) and measures its five parts (``parts``). The page ``/comparison/`` (``page``),
the terminal and README show what was measured. This app alone crosses services.
"""
