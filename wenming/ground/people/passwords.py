"""Password policy (等保 2.0 二级 口令复杂度, handbook §9.5), in Chinese."""

from typing import Any

from django.core.exceptions import ValidationError


class LengthAndKinds:
    """At least 10 characters of at least three kinds (capitals, small letters, digits, others)."""

    def validate(self, password: str, _user: Any = None) -> None:
        kinds = sum(
            (
                any(c.islower() for c in password),
                any(c.isupper() for c in password),
                any(c.isdigit() for c in password),
                any(not c.isalnum() for c in password),
            )
        )
        if len(password) < 10 or kinds < 3:
            raise ValidationError(
                "口令至少 10 位，并且大写字母、小写字母、数字、符号中至少有三种。", code="password_weak"
            )

    def get_help_text(self) -> str:
        return "至少 10 位，大写字母、小写字母、数字、符号中至少三种。"


class NotThePhone:
    """The phone number may not be part of the password."""

    def validate(self, password: str, user: Any = None) -> None:
        phone = getattr(user, "phone", None)
        if phone and phone in password:
            raise ValidationError("口令里不能含有自己的手机号。", code="password_has_phone")

    def get_help_text(self) -> str:
        return "不能含有自己的手机号。"
