"""The forms in the admin: a decision with its reason, and a rule."""

from typing import Any, ClassVar

from django import forms
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import ValidationError

from moderation.models import IGNORED, Review, Rule, Status
from moderation.rules import normalise
from web.text import plain_text

REASON = Review._meta.get_field("reason").max_length


class ReasonField(forms.CharField):
    """Why a moderator decides so; may be empty. One line of plain text, as long as a review has
    room for."""

    default_validators = [plain_text]

    def __init__(self, **given: Any) -> None:
        super().__init__(max_length=REASON, required=False, label="Reason", **given)

    def to_python(self, value: Any) -> str:
        return " ".join((super().to_python(value) or "").split())


class DecisionForm(forms.ModelForm[Review]):
    """A decision on one comment: the button pressed, ``_approve`` or ``_reject``, and why."""

    buttons: ClassVar = {"_approve": Status.APPROVED, "_reject": Status.REJECTED}

    why = ReasonField(
        help_text="Optional. It is kept with the decision, and said with its event.",
        widget=forms.Textarea(attrs={"rows": 2, "cols": 60}),
    )

    class Meta:
        model = Review
        fields = ()

    def clean(self) -> dict[str, Any]:
        if self.decision is None:
            raise ValidationError("Press Approve or Reject.")
        return super().clean() or self.cleaned_data

    @property
    def decision(self) -> Status | None:
        pressed = [status for button, status in self.buttons.items() if button in self.data]
        return pressed[0] if len(pressed) == 1 else None


class BulkDecisionForm(ActionForm):
    """The bar above the queue: the action, and why. The reason is checked with the action, so that
    what is wrong with it can be said."""

    why = forms.Field(
        required=False,
        label="Reason:",
        widget=forms.TextInput(attrs={"maxlength": REASON, "placeholder": "optional", "size": 24}),
    )


class RuleForm(forms.ModelForm[Rule]):
    class Meta:
        model = Rule
        fields = ("term", "match", "action", "enabled")
        help_texts: ClassVar = {
            "term": f"A word or several. {IGNORED}",
            "match": "For scripts that put no spaces between words, take “anywhere”.",
            "action": "Reject it, or hold it for a person. A rule that rejects wins.",
        }

    def clean_term(self) -> str:
        term: str = self.cleaned_data["term"]
        if not normalise(term):
            raise ValidationError("There is nothing to look for in this term.")
        plain_text(term)
        return term
