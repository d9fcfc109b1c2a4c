"""The figures a kind of document uses, as they are read from its pack.

A figure is declared under `figures:` (with a scope, a filter, a comparison …), or it is simply a metric: a text may
write `{{figure:wechat_posts}}` for any metric in use, and the figure declares itself.
"""

import re
from typing import Any

from wenming.common.errors import DomainError
from wenming.common.packs import Reader
from wenming.ground.units.models import Unit
from wenming.ledger.metrics import Filters, Metric
from wenming.ledger.models import MetricRow
from wenming.outcomes.documents import conditions, tokens
from wenming.outcomes.documents.tokens import BEFORE, YEAR, Token

PERIODS = ("this", "previous", "year", "to_date")
DOCUMENT, UNIT = "document", "unit"
SCOPES = (DOCUMENT, UNIT)
COMPARE = {"previous": (BEFORE,), "year": (YEAR,), "both": (BEFORE, YEAR)}
_TAILS = {BEFORE: ("previous", "上期"), YEAR: ("year", "上年同期")}
_KEY = re.compile(r"[a-z][a-z0-9_]*")

Spec = dict[str, Any]


class Figures:
    """The figures declared so far; `need` answers for a text, and takes in metrics that nobody declared."""

    def __init__(self, body: Reader, owner: Unit | None) -> None:
        self._metrics = {
            row.code: Metric.from_json(row.spec) for row in MetricRow.objects.filter(active=True)
        }
        self._owner = owner
        self.found: dict[str, Spec] = {}
        self._labels: set[str] = set()
        for item in body.each("figures", default=[]):
            self._declare(item)
        self._declared = {key.partition(".")[0] for key in self.found}

    def need(
        self, item: Reader, name: str, key: str, *, units: bool = False, what: str = "没有取数键「{}」"
    ) -> Spec:
        """The figure under a key. Raises PackError: no such figure, or one that differs from unit to unit (`units`
        says whether such a one may stand here)."""
        spec = self.found.get(key) or self._implied(key)
        if spec is None:
            raise item.fail(what.format(key), name)
        if spec["scope"] == UNIT and not units:
            words = f"「{key}」是各单位自己的数，只能写在 list: units、each: unit、table: units、排名和建议里"
            raise item.fail(words, name)
        return spec

    def token(self, item: Reader, name: str, token: Token, *, units: bool = False) -> None:
        """Check one `{{figure:…}}` of a text. Raises PackError."""
        spec = self.need(item, name, token.key, units=units)
        self.view(item, name, token.key, token.view, spec, units=units)

    def view(self, item: Reader, name: str, key: str, view: str, spec: Spec, *, units: bool = False) -> None:
        """Check that a figure can be printed in this way. Raises PackError."""
        if view in tokens.COMPARED:
            other = key + tokens.COMPARED[view]
            if other not in self.found and key in self._declared:
                said = "compare: true" if view == tokens.CHANGE else "compare: year"
                raise item.fail(f"「{key}」没有写 {said}，不能用{tokens.VIEWS[view]}", name)
            self.need(item, name, other, units=units)
        if view == tokens.ABOUT and not spec.get("about"):
            raise item.fail(f"「{key}」没有写 about（约到几），不能用约数", name)

    def condition(self, item: Reader, condition: str) -> None:
        """Check the figures of a condition. Raises PackError."""
        for key in conditions.names(condition):
            self.need(item, "when", key, what="条件里没有取数键「{}」")

    def _implied(self, key: str) -> Spec | None:
        """A metric used by its own code, with the period that `.before` or `.year` asks for."""
        if key in self._metrics:
            metric = self._metrics[key]
            return self._take(key, self._spec(metric, self._free(metric.name)))
        code, _dot, tail = key.rpartition(".")
        if code not in self._metrics or code in self._declared or f".{tail}" not in _TAILS:
            return None
        base = self.found.get(code) or self._implied(code)
        return self._take(key, _compared(base, f".{tail}")) if base else None

    def _take(self, key: str, spec: Spec) -> Spec:
        self._labels.add(spec["label"])
        self.found[key] = spec
        return spec

    def _free(self, name: str) -> str:
        """A name that no other figure has and that the editor can read back."""
        name = re.sub(r"[·:{}]", "", name)
        return name if name not in self._labels else f"{name}（全部）"

    @staticmethod
    def _spec(metric: Metric, label: str) -> Spec:
        return {
            "metric": metric.code, "label": label, "scope": DOCUMENT, "period": "this", "category": "", "sources": [],
        }  # fmt: skip

    def _declare(self, item: Reader) -> None:
        key, label = item.text("key"), item.text("label")
        if not _KEY.fullmatch(key):
            raise item.fail(f"取数键「{key}」只能用小写字母、数字和下划线", "key")
        if key in self.found:
            raise item.fail(f"取数键「{key}」重复", "key")
        if label in self._labels or re.search(r"[·:{}]", label):
            raise item.fail(f"名称「{label}」重复，或含有「·」「:」", "label")
        metric = self._metrics.get(item.text("metric"))
        if metric is None:
            raise item.fail(f"没有指标「{item.text('metric')}」", "metric")
        spec = self._spec(metric, label) | {
            "scope": item.choice("scope", SCOPES, default=DOCUMENT),
            "period": item.choice("period", PERIODS, default="this"),
            "category": item.text("category", default=""),
            "sources": item.texts("sources", default=[]),
        }
        self._unit(item, spec)
        _about(item, metric, spec)
        _refuse_conflict(item, metric, spec)
        self._take(key, spec)
        for tail in _compare(item):
            self._take(key + tail, _compared(spec, tail))
        item.done()

    def _unit(self, item: Reader, spec: Spec) -> None:
        """`unit:` names one unit of the town whose own kind this is."""
        code = item.text("unit", default="")
        if not code:
            return
        unit = Unit.objects.filter(code=code).first()
        if self._owner is None:
            raise item.fail("仓库里的模板通用于各镇，不能写单位编码；本镇自己的模板才能写", "unit")
        if unit is None or not unit.path.startswith(self._owner.path):
            raise item.fail(f"取数范围「{code}」不在{self._owner.label}，请改成本辖区的单位编码", "unit")
        spec["unit"] = code


def _compare(item: Reader) -> tuple[str, ...]:
    said = item.raw("compare", default=False)
    if said is True:
        return COMPARE["previous"]
    if said is False:
        return ()
    return COMPARE[item.choice("compare", COMPARE)]


def _compared(spec: Spec, tail: str) -> Spec:
    period, prefix = _TAILS[tail]
    return spec | {"period": period, "label": f"{prefix}{spec['label']}"}


def _about(item: Reader, metric: Metric, spec: Spec) -> None:
    step = item.integer("about", default=0)
    if not step:
        return
    if step < 10 or step % 10:
        raise item.fail("约数的步长应是 10、50、100、1000 一类的整数", "about")
    if metric.measure == "%":
        raise item.fail("百分率不能写约数", "about")
    spec["about"] = step


def _refuse_conflict(item: Reader, metric: Metric, spec: Spec) -> None:
    """A filter that contradicts the metric's own would be found out only while drafting."""
    try:
        metric.narrowed(Filters(category=spec["category"], sources=tuple(spec["sources"])))
    except DomainError as error:
        raise item.fail(error.message.rstrip("。"), "category" if spec["category"] else "sources") from None
