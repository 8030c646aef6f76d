"""The forms in the admin: a decision with its reason, and a rule."""

from typing import Any, ClassVar

from django import forms
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import ValidationError

from moderation.models import IGNORED, Review, Rule, Status, check_rule
from moderation.rules import Kind, Match
from web.forms import TextField
from web.text import plain_text

REASON = Review._meta.get_field("reason").max_length


class ReasonField(forms.CharField):
    """Why a moderator decides so: one line of plain text, or empty."""

    default_validators = [plain_text]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=REASON, required=False, label="Reason", **kwargs)

    def to_python(self, value: Any) -> str:
        return " ".join((super().to_python(value) or "").split())


class DecisionForm(forms.ModelForm[Review]):
    """A decision on one comment: the button pressed, ``_approve`` or ``_reject``, and why."""

    buttons: ClassVar = {"_approve": Status.APPROVED, "_reject": Status.REJECTED}

    why = ReasonField(
        help_text="Optional. It is stored with the decision and published in its event.",
        widget=forms.TextInput(attrs={"size": 60, "list": "reasons", "autocomplete": "off"}),
    )

    # The decision on the page.
    seen = forms.CharField(required=False, label="", widget=forms.HiddenInput)

    class Meta:
        model = Review
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("seen", self.instance.seen)

    def clean(self) -> dict[str, Any]:
        if self.decision is None:
            raise ValidationError("Press Approve or Reject.")
        return super().clean() or self.cleaned_data

    @property
    def decision(self) -> Status | None:
        pressed = [status for button, status in self.buttons.items() if button in self.data]
        return pressed[0] if len(pressed) == 1 else None


class BulkDecisionForm(ActionForm):
    """The bar above the queue: the action, and why. The reason is validated with the
    action, so that its error can be shown."""

    why = forms.Field(
        required=False,
        label="Reason:",
        widget=forms.TextInput(attrs={"maxlength": REASON, "placeholder": "optional", "size": 24}),
    )

    # The decisions on the page, by comment.
    seen = forms.JSONField(required=False, label="", widget=forms.HiddenInput)


class RuleForm(forms.ModelForm[Rule]):
    class Meta:
        model = Rule
        fields = ("kind", "term", "match", "number", "action", "enabled")
        help_texts: ClassVar = {
            "kind": "Words are looked for in the text, in the addresses of its links and in the "
            "author's name. A first comment is one whose author had none approved before, and each "
            "one without a name.",
            "term": f"Words, or an author's whole name. {IGNORED}",
            "match": "For words. For scripts without spaces between words, choose “anywhere”.",
            "number": "Of links: as many or more match. Of characters: longer texts match.",
            "action": "Reject it, or hold it for a person. A rule that rejects wins.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("kind", "match"):  # without them, the first of the choices
            if name in self.fields:
                self.fields[name].required = False

    @property
    def is_tried(self) -> bool:
        """Whether the rule is to be tried on past comments, and not saved."""
        return "_try" in self.data

    def is_valid(self) -> bool:
        return super().is_valid() and not self.is_tried

    def clean_kind(self) -> str:
        return self.cleaned_data["kind"] or Kind.WORDS.value

    def clean_match(self) -> str:
        return self.cleaned_data["match"] or Match.WORD.value

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if not self.errors:
            check_rule(found["kind"], found["term"], found["number"])
        return found


class TextForm(forms.Form):
    """A text and its author, to see what the rules make of it."""

    content = TextField(
        label="Text", max_length=5_000, widget=forms.Textarea(attrs={"rows": 6, "cols": 70})
    )
    author = forms.CharField(required=False, max_length=80, validators=[plain_text])


class FileForm(forms.Form):
    file = forms.FileField(label="CSV file")
