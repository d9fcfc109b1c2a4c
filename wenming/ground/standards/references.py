"""What a pack may refer to: the newest departments and categories that are already loaded."""

from dataclasses import dataclass, field

from django.db import models

from wenming.common.packs import Reader
from wenming.ground.standards.models import PackVersion
from wenming.ground.standards.states import UNITS


def newest(kind: str) -> PackVersion | None:
    """The version of `kind` that comes into force last: what a new pack is checked against."""
    return PackVersion.objects.filter(kind=kind).order_by("sample", "-in_force", "-pk").first()


@dataclass
class Departments:
    """Codes of the newest departments pack; `enforcing` are those with enforcement power."""

    known: set[str] = field(default_factory=set)
    enforcing: set[str] = field(default_factory=set)

    @classmethod
    def loaded(cls) -> "Departments":
        """Read them from the database; empty when no departments pack is loaded."""
        pack = newest("departments")
        rows = list(pack.departments.values_list("code", "enforces")) if pack else []
        return cls({code for code, _ in rows}, {code for code, enforces in rows if enforces})

    def check(self, entry: Reader, key: str = "dept") -> str:
        """The department named under `key`. Raises PackError."""
        code = entry.text(key)
        if not self.known:
            raise entry.fail("还没有装部门表，请先装部门包（kind: departments）", key)
        if code not in self.known:
            raise entry.fail(f"部门表里没有「{code}」", key)
        return code


def categories() -> set[str] | None:
    """Codes of the newest events pack, or None when none is loaded."""
    pack = newest("event_categories")
    return set(pack.categories.values_list("code", flat=True)) if pack else None


def fits(entry: Reader, row: models.Model) -> None:
    """Refuse texts longer than their column: SQLite would keep them, PostgreSQL would not. Raises PackError."""
    for column in row._meta.concrete_fields:
        longest = getattr(column, "max_length", None)
        value = getattr(row, column.attname)
        if longest and isinstance(value, str) and len(value) > longest:
            key = {"event_code": "event"}.get(column.name, column.name)
            raise entry.fail(f"「{column.verbose_name}」有 {len(value)} 个字，最多 {longest} 个", key)


def term(entry: Reader, key: str) -> tuple[int, str]:
    """A deadline such as `4 work_hour` under `key`, as value and unit. Raises PackError."""
    return term_of(entry.text(key), entry, key)


def term_of(text: str, entry: Reader, key: str) -> tuple[int, str]:
    """The same for a text that was found under `key`."""
    value, _, unit = text.strip().partition(" ")
    if unit not in UNITS:
        names = "、".join(f"{code}（{name}）" for code, name in UNITS.items())
        raise entry.fail(f"「{key}」不认识单位「{unit}」，要写「数 单位」，单位只能是：{names}", key)
    if not (value.isascii() and value.isdigit() and 0 < int(value) <= 9999):
        raise entry.fail(f"「{key}」的数应当是 1 到 9999 的整数，现在是「{value}」", key)
    return int(value), unit


def legend(entry: Reader, key: str, known: dict[str, str], legend_key: str) -> str:
    """A code under `key` that must be explained in the pack's own legend `legend_key`. Raises PackError."""
    code = entry.text(key)
    if code not in known:
        raise entry.fail(f"「{key}」写的「{code}」在 {legend_key} 里没有说明", key)
    return code
