"""Forms of the kit, and how a refusal becomes a form error."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm

from wenming.common.errors import DomainError


class LogInForm(AuthenticationForm):
    error_messages = {
        "invalid_login": "手机号或口令不对，请重新输入；连续输错 5 次将锁定 15 分钟。",
        "inactive": "这个账号已停用，请联系安全管理员。",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "手机号"
        self.fields["username"].widget.attrs |= {
            "inputmode": "numeric",
            "autocomplete": "username",
            "class": "form-control",
        }
        self.fields["password"].label = "口令"
        self.fields["password"].widget.attrs |= {"autocomplete": "current-password", "class": "form-control"}


class PasswordForm(forms.Form):
    password = forms.CharField(
        label="新口令",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "form-control"}),
        strip=False,
    )
    again = forms.CharField(
        label="再输一遍",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "form-control"}),
        strip=False,
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("password") != data.get("again"):
            self.add_error("again", "两次输入的口令不一样，请重新输入。")
        return data


def offer(form: forms.BaseForm, name: str, choices: Any) -> None:
    """Give a field of choices those that this person, or this case, may choose from."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- the form says so a few lines above
    field.choices = choices


def faults(form: forms.BaseForm) -> dict[str, list[str]]:
    """What is wrong with a form, for its script: sentences by field; "" is the whole form."""
    return {
        "" if name == "__all__" else name: [str(said) for said in found]
        for name, found in form.errors.items()
    }


def refuse(form: forms.BaseForm, error: DomainError) -> None:
    """Show a refused deed at its field, or above the form; what was typed stays."""
    form.add_error(error.field if error.field in form.fields else None, error.message)
