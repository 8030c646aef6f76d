"""The same page, built in every way, measured side by side: ``manage.py compare``.

The command starts real processes with databases of their own (``lab``), fills them with the same
data (``loading``) and measures its parts (``parts``): how a page is read (``reads``), how a new
service gets the history (``history``), how events travel (``delivery``), what each architecture
costs (``cost``), and what an outage does to the page (``faults``). The page ``/comparison/``
(``page``), the terminal and README show what was measured. This app alone crosses services.
"""
