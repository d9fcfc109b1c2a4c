"""Kinds of document as packs (packs/documents/*.yaml): section list, figures, conditions, annexes.

A pack is read by a person too, so its language is small: `{period}` is a word known when drafting,
`{{figure:found}}` a live figure, `when: found > 0 and not overdue` a condition on figures. `read` refuses
unknown figures, metrics, words and lists with file and line; the checked content is kept as plain JSON.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from wenming.common.errors import DomainError
from wenming.common.packs import Pack, Reader
from wenming.ground.standards.loaders import Loader
from wenming.ground.standards.models import PackVersion
from wenming.ledger.models import Account, MetricRow
from wenming.outcomes.documents import tokens

KIND = "document"
PERIODS = ("this", "previous", "none")
SCOPES = ("document", "unit")
# Words a text may use in single braces; drafting fills them in.
WORDS = (
    "year", "period", "previous", "span", "town", "units", "issuer", "feedback_day", "corrected_title", "corrected_number",
)  # fmt: skip
LISTS = ("units", "still_open", "typical")
SUGGESTIONS = ("repeated_places", "overdue", "suspended", "lowest_rate")
EACH = {"class": ("name",), "source": ("name",), "point_type": ("name",)}
ANNEXES = ("problem_list", "ranking", "photos")
LIMITS = ("policy", "special", "none")
_WORD = re.compile(r"(?<!\{)\{([a-z_]+)\}(?!\})")
_CONDITION = re.compile(r"(not )?([\w.@-]+)(?: (>=|<=|>|<|=) ([\w.@-]+))?")

Content = dict[str, Any]


def read(pack: Pack) -> Content:
    """The whole pack as plain JSON. Raises PackError."""
    body = pack.body
    content: Content = {
        "account": _account(body),
        "series": body.text("series"),
        "title": body.text("title_text"),
        "addressee": body.text("addressee", default=""),
        "length": body.choice("length", LIMITS, default="none"),
        "feedback_work_days": body.integer("feedback_work_days", default=0),
        "figures": _figures(body),
    }
    keys = set(content["figures"])
    _check_text(body, "title_text", content["title"], keys)
    content["sections"] = [_section(item, keys) for item in body.each("sections")]
    content["annexes"] = [_annex(item, keys) for item in body.each("annexes", default=[])]
    body.done()
    return content


def of(code: str, on: date) -> PackVersion:
    """The pack of a kind in force on a day. Raises DomainError `kind_unknown`."""
    found = (
        PackVersion.objects.filter(kind=KIND, code=code, in_force__lte=on)
        .order_by("sample", "-in_force", "-pk")
        .first()
    )
    if found is None:
        raise DomainError(
            "kind_unknown", f"没有文种「{code}」的模板，请先装入 packs/documents 里的模板。", field="kind"
        )
    return found


def all_in_force(on: date) -> list[PackVersion]:
    """The newest version of every kind, by code."""
    found: dict[str, PackVersion] = {}
    for row in PackVersion.objects.filter(kind=KIND, in_force__lte=on).order_by("sample", "-in_force", "-pk"):
        found.setdefault(row.code, row)
    return [found[code] for code in sorted(found)]


def words(text: str, given: Mapping[str, str]) -> str:
    """Fill in the single-brace words."""
    return _WORD.sub(lambda found: given.get(found.group(1), found.group()), text)


def holds(condition: str, values: Mapping[str, Decimal | None]) -> bool:
    """Is a condition true of the figures? An empty one is; a figure without value is neither more nor less."""
    return all(_holds(part, values) for part in condition.split(" and ")) if condition else True


def _holds(part: str, values: Mapping[str, Decimal | None]) -> bool:
    found = _CONDITION.fullmatch(part.strip())
    assert found is not None  # noqa: S101  the loader has checked it
    negated, key, operator, other = found.groups()
    left = values.get(key)
    if operator is None:
        return bool(left) != bool(negated)
    right = values.get(other) if not _is_number(other) else Decimal(other)
    if left is None or right is None:
        return False
    return {
        ">": left > right,
        ">=": left >= right,
        "<": left < right,
        "<=": left <= right,
        "=": left == right,
    }[operator]


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\d+(\.\d+)?", text) is not None


# ---- reading ----


def _account(body: Reader) -> str:
    code = body.text("account", default="")
    if code and not Account.objects.filter(code=code, active=True).exists():
        raise body.fail(f"没有科目「{code}」", "account")
    return code


def _figures(body: Reader) -> dict[str, dict[str, Any]]:
    """Figures by key; `compare: true` adds the same figure of the period before."""
    known = set(MetricRow.objects.filter(active=True).values_list("code", flat=True))
    found: dict[str, dict[str, Any]] = {}
    labels: set[str] = set()
    for item in body.each("figures", default=[]):
        key, label = item.text("key"), item.text("label")
        if not re.fullmatch(r"[a-z][a-z0-9_]*", key):
            raise item.fail(f"取数键「{key}」只能用小写字母、数字和下划线", "key")
        if key in found:
            raise item.fail(f"取数键「{key}」重复", "key")
        if label in labels or "·" in label or ":" in label:
            raise item.fail(f"名称「{label}」重复，或含有「·」「:」", "label")
        metric = item.text("metric")
        if metric not in known:
            raise item.fail(f"没有指标「{metric}」", "metric")
        spec = {
            "metric": metric,
            "label": label,
            "scope": item.choice("scope", SCOPES, default="document"),
            "period": item.choice("period", PERIODS, default="this"),
            "category": item.text("category", default=""),
            "sources": item.texts("sources", default=[]),
        }
        labels.add(label)
        found[key] = spec
        if item.flag("compare", default=False):
            found[key + tokens.BEFORE] = spec | {"period": "previous", "label": f"上期{label}"}
        item.done()
    return found


def _section(item: Reader, keys: set[str]) -> dict[str, Any]:
    section = {
        "id": _id(item),
        "heading": item.text("heading", default=""),
        "items": [_item(each, keys) for each in item.each("items")],
    }
    item.done()
    return section


def _item(item: Reader, keys: set[str]) -> dict[str, Any]:
    """A paragraph of parts, a list made from records, one figure for each of something, or a suggestion."""
    made: dict[str, Any] = {
        "id": _id(item),
        "when": _when(item, keys),
        "heading": item.text("heading", default=""),
    }
    if "list" in item.node:
        made["list"] = item.choice("list", LISTS)
        made["figure"] = _key(item, "figure", keys, optional=True)
        made["text"] = item.text("text", default="")
        made["limit"] = item.integer("limit", default=0)
        _check_text(item, "text", made["text"], keys | {"figure"}, more=("unit", "problem"))
    elif "suggest" in item.node:
        made["suggest"] = item.choice("suggest", SUGGESTIONS)
        made["figure"] = _key(item, "figure", keys, optional=True)
        made["text"] = item.text("text")
        _check_text(item, "text", made["text"], keys | {"figure"}, more=("place", "unit", "list"))
    elif "each" in item.node:
        made["each"] = item.choice("each", EACH)
        made["figure"] = _key(item, "figure", keys)
        made["lead"], made["end"] = item.text("lead", default=""), item.text("end", default="。")
        made["text"] = item.text("text")
        made["limit"] = item.integer("limit", default=0)
        _check_text(item, "text", made["text"], keys | {"figure"}, more=EACH[made["each"]])
    else:
        made["parts"] = [_part(each, keys) for each in item.each("parts")]
    item.done()
    return made


def _part(item: Reader, keys: set[str]) -> dict[str, str]:
    part = {"text": item.text("text"), "when": _when(item, keys)}
    _check_text(item, "text", part["text"], keys)
    item.done()
    return part


def _annex(item: Reader, keys: set[str]) -> dict[str, Any]:
    annex: dict[str, Any] = {"kind": item.choice("kind", ANNEXES), "title": item.text("title")}
    _check_text(item, "title", annex["title"], keys)
    if annex["kind"] == "ranking":
        annex["figure"] = _key(item, "figure", keys)
        annex["floor_figure"] = _key(item, "floor_figure", keys)
        annex["floor"] = item.integer("floor", default=3)
    if annex["kind"] == "photos":
        annex["limit"] = item.integer("limit", default=60)
    item.done()
    return annex


def _id(item: Reader) -> str:
    key = item.text("id")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", key):
        raise item.fail(f"「id」只能用小写字母、数字和下划线，现在是「{key}」", "id")
    return key


def _key(item: Reader, name: str, keys: set[str], *, optional: bool = False) -> str:
    key = item.text(name, default="") if optional else item.text(name)
    if key and key not in keys:
        raise item.fail(f"没有取数键「{key}」", name)
    return key


def _when(item: Reader, keys: set[str]) -> str:
    condition = item.text("when", default="")
    for part in condition.split(" and ") if condition else ():
        found = _CONDITION.fullmatch(part.strip())
        if found is None:
            raise item.fail(f"条件看不懂：「{part}」，可写「found > 0 and not overdue」", "when")
        names = [
            found.group(2),
            *([found.group(4)] if found.group(4) and not _is_number(found.group(4)) else []),
        ]
        for name in names:
            if name not in keys:
                raise item.fail(f"条件里没有取数键「{name}」", "when")
    return condition


def _check_text(item: Reader, name: str, text: str, keys: set[str], *, more: tuple[str, ...] = ()) -> None:
    for token in tokens.used(text):
        if token.key not in keys:
            raise item.fail(f"没有取数键「{token.key}」", name)
        if token.view == tokens.CHANGE and token.key + tokens.BEFORE not in keys:
            raise item.fail(f"「{token.key}」没有写 compare: true，不能用环比", name)
    for word in _unknown(text, {*WORDS, *more}):
        raise item.fail(f"不认识的词「{{{word}}}」，只能是：{'、'.join((*WORDS, *more))}", name)
    left = tokens.TOKEN.sub("", text).replace("{{issue}}", "")
    if "{{" in left or "}}" in left:
        raise item.fail("双花括号写法不对，应当是 {{figure:取数键}}", name)


def _unknown(text: str, known: set[str]) -> Iterator[str]:
    yield from (found for found in _WORD.findall(text) if found not in known)


LOADERS: Mapping[str, Loader] = {
    KIND: Loader(
        read=read,
        save=lambda _version, _content: None,
        facts=lambda content: content,
        after=("accounts", "metrics"),
    )
}
