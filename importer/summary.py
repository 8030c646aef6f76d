"""What an import did, in numbers."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Summary:
    posts: int = 0
    posts_there: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    """Items that were left out, by reason."""
    comments: Counter[str] = field(default_factory=Counter)
    """Comments that came in, by standing."""
    comments_there: int = 0
    comments_skipped: Counter[str] = field(default_factory=Counter)
    cut: Counter[str] = field(default_factory=Counter)
    """Texts that were too long, by name."""
