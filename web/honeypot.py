"""A field that people do not see: who fills it is a program that fills all there is."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

TRAP = "website"  # what such programs look for


class Honeypot(forms.BaseForm):
    """For a form whose template includes ``web/_honeypot.html``. What was typed is kept, and the
    trap is empty again: should a person's browser have filled it, they send the form once more."""

    def clean(self) -> dict[str, Any]:
        if self.data.get(TRAP):
            raise ValidationError(
                "A field that people do not see was filled in, as programs do. If you are a "
                "person, please send it once more.",
                code="honeypot",
            )
        return super().clean() or self.cleaned_data
