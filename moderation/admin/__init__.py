"""Where moderators work: the queue, and the rules. Django imports this package."""

from moderation.admin import figures, queue, rules

__all__ = ["figures", "queue", "rules"]
