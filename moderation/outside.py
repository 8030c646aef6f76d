"""What moderation does with servers outside, in threads of its worker."""

from moderation import checks, notices
from web.background import in_background

in_background("moderation", "checks", checks.run)
in_background("moderation", "notices", notices.run)
