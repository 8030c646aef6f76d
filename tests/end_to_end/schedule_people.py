"""What people do in any schedule."""

from collections.abc import Callable
from uuid import NAMESPACE_URL, UUID, uuid5

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from comments import services as comments
from moderation import services as moderation
from moderation.models import Review, Rule
from posts import services as posts
from posts.models import Post
from tests.end_to_end.schedule import DIES, ONE, Schedule, one_of

TITLES = st.sampled_from(["One", "Two", "Three"])
CONTENTS = st.sampled_from(["kind words", "an orange", "a lemon"])


class People(Schedule):
    """They write, change, delete and decide."""

    @rule(title=TITLES, dies=DIES)
    def create_post(self, title: str, dies: int | None) -> None:
        self.posts.append(post := id_of("post", len(self.posts)))
        self.change_post(post, dies, lambda: posts.create_post(title, "A body", post_id=post))

    @precondition(lambda self: self.posts)
    @rule(one=ONE, title=TITLES, dies=DIES)
    def update_post(self, one: int, title: str, dies: int | None) -> None:
        post = one_of(self.posts, one)
        self.change_post(post, dies, lambda: posts.update_post(post, title=title))

    @precondition(lambda self: self.posts)
    @rule(one=ONE, dies=DIES)
    def delete_post(self, one: int, dies: int | None) -> None:
        post = one_of(self.posts, one)
        self.change_post(post, dies, lambda: posts.delete_post(post))

    @precondition(lambda self: self.posts)
    @rule(one=ONE, content=CONTENTS, dies=DIES)
    def create_comment(self, one: int, content: str, dies: int | None) -> None:
        self.comments.append(comment := id_of("comment", len(self.comments)))
        post = one_of(self.posts, one)
        self.attempt(
            dies, lambda: comments.create_comment(post, "Ann", content, comment_id=comment)
        )

    @precondition(lambda self: self.comments)
    @rule(one=ONE, content=CONTENTS, dies=DIES)
    def update_comment(self, one: int, content: str, dies: int | None) -> None:
        comment = one_of(self.comments, one)
        self.attempt(dies, lambda: comments.update_comment(comment, content=content))

    @precondition(lambda self: self.comments)
    @rule(one=ONE, dies=DIES)
    def delete_comment(self, one: int, dies: int | None) -> None:
        comment = one_of(self.comments, one)
        self.attempt(dies, lambda: comments.delete_comment(comment))

    @precondition(lambda self: self.comments)
    @rule(one=ONE, approve=st.booleans(), dies=DIES)
    def decide(self, one: int, approve: bool, dies: int | None) -> None:
        comment, status = one_of(self.comments, one), "approved" if approve else "rejected"
        before = _decision(comment)
        self.attempt(dies, lambda: moderation.decide(comment, status, decided_by="mo"))
        if self.undisturbed(lambda: _decision(comment)) != before:
            self.decided[comment].append(status)

    @rule(term=st.sampled_from(["orange", "lemon", "kind"]), on=st.booleans(), hold=st.booleans())
    def change_rules(self, term: str, on: bool, hold: bool) -> None:
        action = "hold" if hold else "reject"
        with self.faults.none():
            Rule.objects.update_or_create(term=term, defaults={"enabled": on, "action": action})

    def change_post(self, post: UUID, dies: int | None, change: Callable[[], object]) -> None:
        """Whether it dies or not: what is saved is to be said."""
        before = self.undisturbed(lambda: Post.objects.filter(id=post).first())
        self.attempt(dies, change)
        after = self.undisturbed(lambda: Post.objects.filter(id=post).first())
        match before, after:
            case None, Post():
                self.titles[post].append(("PostCreated", after.title))
            case Post(), None:
                self.titles[post].append(("PostDeleted", ""))
            case Post(), Post() if after.version > before.version:
                self.titles[post].append(("PostUpdated", after.title))


def id_of(kind: str, number: int) -> UUID:
    return uuid5(NAMESPACE_URL, f"{kind} {number}")


def _decision(comment: UUID) -> object:
    rows = Review.objects.filter(comment_id=comment)
    return rows.values_list("decided_by", "decided_at").first()
