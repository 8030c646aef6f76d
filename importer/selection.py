"""What of an export comes in. Drafts and their like stay out: what was not public there must not
become so here."""

import re

from importer.wxr import WxrComment, WxrItem

KINDS_OF_COMMENT = {"", "comment", "pingback", "trackback"}
STANDINGS = {
    "1": "approved",
    "0": "pending",
    "spam": "rejected",
    "trash": "rejected",
    "post-trashed": "rejected",
}
NAMES = {"nav_menu_item": "menu item", "": "of no kind"}


def why_not_post(item: WxrItem) -> str | None:
    """The reason to leave an item out, such as "page" or "draft"; None for a published post."""
    if item.kind != "post":
        return NAMES.get(item.kind, _word(item.kind))
    if item.status != "publish":
        return _word(item.status) or "of no status"
    if item.has_password:
        return "password-protected"
    if not (item.wp_id or item.guid):
        return "without an id"
    return None


def why_not_comment(comment: WxrComment) -> str | None:
    """The reason to leave a comment out; None for what readers wrote, pingbacks and trackbacks
    included. Editors' notes on a draft, and orders' in a shop, are stored as comments too."""
    return None if comment.kind in KINDS_OF_COMMENT else _word(comment.kind)


def standing(comment: WxrComment) -> str:
    """Our word for it. What waits there, or has a standing that we do not know, is "pending": a
    person decides."""
    return STANDINGS.get(comment.approved, "pending")


def _word(name: str) -> str:
    """A name from the file, fit to be printed on a terminal."""
    return re.sub(r"[^\w-]", "?", name)[:30]
