"""What can be seen of a comment beside its text: for the rules, and for the moderators who decide.

An author is a name, compared as rules compare it: there are no accounts."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from html import unescape
from uuid import UUID

from django.db.models import Exists, OuterRef, Subquery
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from moderation.models import Review, Rule, Status
from moderation.rules import (
    ANONYMOUS,
    Action,
    Facts,
    Kind,
    Match,
    RuleLike,
    Verdict,
    digest,
    normalise,
    spans,
)
from web.markdown import reading, render

MARGIN = 80  # characters before and after words, of an address

Spans = Sequence[tuple[int, int]]

_earlier = Review.objects.filter(created_at__lt=OuterRef("created_at"))
HAS_APPROVED = Exists(
    _earlier.filter(author_digest=OuterRef("author_digest"), status=Status.APPROVED)
)
"""Whether an earlier comment of the same author is approved, for a query of reviews."""
_SAME_TEXT = _earlier.filter(content_digest=OuterRef("content_digest")).order_by("-created_at")


@dataclass(frozen=True, slots=True)
class SameText:
    """The newest of the earlier comments that read the same."""

    comment_id: UUID
    status: Status


@dataclass(frozen=True, slots=True)
class Signals:
    """Of one comment. The HTML is safe, and has in ``<mark>`` what the rule found."""

    links: int
    is_nameless: bool
    is_first: bool
    """The author has a name, and none of their earlier comments is approved."""
    same_text: SameText | None
    rule: str
    """The label of the rule that matched, or empty."""
    content: SafeString
    """The text as readers would see it."""
    author: SafeString
    address: SafeString
    """The address of a link, if the rule found something there alone; else empty."""


def signals_of(reviews: Iterable[Review]) -> dict[UUID, Signals]:
    """By comment. At most four queries, however many reviews there are."""
    reviews = list(reviews)
    keys = [review.pk for review in reviews]
    same = Subquery(_SAME_TEXT.values("comment_id")[:1])
    rows = Review.objects.filter(pk__in=keys).annotate(known=HAS_APPROVED, same=same).order_by()
    found = {key: (known, same) for key, known, same in rows.values_list("pk", "known", "same")}
    twins = {same for _, same in found.values() if same}
    statuses = _statuses(twins) if twins else {}
    rules = defaultdict[str, list[RuleLike]](list)
    for rule in Rule.objects.in_force():
        rules[rule.label].append(rule)
    signals = {}
    for review in reviews:
        known, same_id = found.get(review.pk, (False, None))
        status = statuses.get(same_id)
        nameless = is_nameless(review.author)
        signals[review.pk] = Signals(
            len(reading(review.content).links),
            nameless,
            not known and not nameless,
            SameText(same_id, status) if status else None,
            review.matched_term,
            *marks(review, rules.get(review.matched_term) or _gone(review.matched_term)),
        )
    return signals


def seen_by_rules(review: Review) -> tuple[tuple[str, ...], Facts]:
    """The texts in which rules look for words: what is shown, and where its links go. And what
    they look at beside. The review need not be saved."""
    read = reading(review.content)
    facts = Facts(review.author, len(read.links), len(read.text), lambda: is_first(review))
    return (*read.texts, review.author), facts


def is_first(review: Review) -> bool:
    """Whether no comment of its author was approved before it, as always of one without a name.
    One query, or none if the review comes from one with ``known=HAS_APPROVED``."""
    if is_nameless(review.author):
        return True
    if hasattr(review, "known"):
        return not review.known
    own = Review.objects.filter(author_digest=digest(review.author), status=Status.APPROVED)
    return not own.filter(created_at__lt=review.created_at).exists()


def is_nameless(author: str) -> bool:
    return normalise(author) in ("", _ANONYMOUS)


def marked(text: str, spans: Spans) -> SafeString:
    """The text as HTML, with these spans in ``<mark>``."""
    pieces, end = list[str](), 0
    for start, stop in spans:
        pieces += (escape(text[end:start]), "<mark>", escape(text[start:stop]), "</mark>")
        end = stop
    return mark_safe("".join((*pieces, escape(text[end:]))))  # noqa: S308 -- it is escaped


def spans_of(text: str, rules: Iterable[RuleLike]) -> Spans:
    """Where these rules find their words in a text."""
    found = [
        span
        for rule in rules
        if rule.kind == Kind.WORDS
        for span in spans(text, rule.term, Match(rule.match))
    ]
    joined = list[tuple[int, int]]()
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def marked_html(html: str, rules: Iterable[RuleLike]) -> SafeString:
    """Rendered Markdown, with what these rules find in ``<mark>``, formatted or not."""
    parts = _TAG.split(html)  # texts and tags in turn
    for place in range(0, len(parts), 2):
        parts[place] = unescape(parts[place])
    breaks = ["" if tag in _INLINE else "\n" for tag in map(_name, parts[1::2])] + [""]
    pieces = [piece for pair in zip(parts[::2], breaks, strict=True) for piece in pair]
    found, at = spans_of("".join(pieces), rules), 0
    for place, piece in enumerate(pieces):
        if place % 2 == 0:
            end = at + len(piece)
            inside = [(max(a, at) - at, min(b, end) - at) for a, b in found if a < end and b > at]
            parts[place] = marked(piece, inside)
        at += len(piece)
    return mark_safe("".join(parts))  # noqa: S308 -- the tags are those of the HTML


def marks(review: Review, rules: Sequence[RuleLike]) -> tuple[SafeString, SafeString, SafeString]:
    """The rendered text, the author, and the address of a link if what these rules find is there
    alone; each as HTML with that in ``<mark>``."""
    content = marked_html(render(review.content), rules)
    in_author = spans_of(review.author, rules)
    if any(rule.kind == Kind.AUTHOR for rule in rules):
        in_author = [(0, len(review.author))]
    address = SafeString()
    if not in_author and "<mark>" not in content:
        found = (_around(text, rules) for text in reading(review.content).texts)
        address = next(filter(None, found), address)
    return content, marked(review.author, in_author), address


def _name(tag: str) -> str:
    return tag.strip("</>").split()[0]


def _around(text: str, rules: Sequence[RuleLike]) -> SafeString | None:
    found = spans_of(text, rules)
    if not found:
        return None
    start, end = max(found[0][0] - MARGIN, 0), found[0][1] + MARGIN
    inside = [(a - start, b - start) for a, b in found if b <= end]
    return marked(text[start:end], inside)


def _gone(term: str) -> list[Verdict]:
    """In place of a rule that there is no more."""
    return [Verdict(Action.HOLD, term, Match.SUBSTRING)]


def _statuses(keys: Collection[UUID]) -> dict[UUID, Status]:
    rows = Review.objects.filter(pk__in=keys).values_list("pk", "status")
    return {key: Status(status) for key, status in rows}


_ANONYMOUS = normalise(ANONYMOUS)
_TAG = re.compile(r'(</?[a-z0-9]+(?:\s[a-z-]+="[^"]*")*\s?/?>)')
_INLINE = {"a", "code", "em", "s", "strong"}
