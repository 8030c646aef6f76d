"""The blog as one application with one database, as a team would write it that needs nothing else:
no events, no workers, no second copy of anything. A comment is moderated in the transaction that
saves it, and the page is read by a join.

It has settings of its own (``comparison.plain.settings``) and is served by the same server. What
the blog has beyond it: HTML page, forms, changing, deleting, the moderators' API, import, metrics.
"""
