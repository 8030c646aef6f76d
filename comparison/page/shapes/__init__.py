"""What the results file holds of each part, as types.

A file may be of an older or a newer version of us. What the page does not use may be there or not;
what it needs and does not find is msgspec's ValidationError, and the part is not shown.
"""
