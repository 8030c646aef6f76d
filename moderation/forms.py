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
    """The bar above the queue: the action, and why. The reason is validated with the
    action, so that its error can be shown."""

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
            "term": f"One word or more. {IGNORED}",
            "match": "For scripts without spaces between words, choose “anywhere”.",
            "action": "Reject it, or hold it for a person. A rule that rejects wins.",
        }

    def clean_term(self) -> str:
        term: str = self.cleaned_data["term"]
        if not normalise(term):
            raise ValidationError("This term has nothing to search for.")
        plain_text(term)
        return term
