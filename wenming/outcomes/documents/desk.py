"""What one drafting works with: the document, the kind, the problems, the figures that may be needed, the words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from wenming.ground.standards import queries as standards
from wenming.ground.units import states as unit_states
from wenming.ground.units.models import Unit
from wenming.ledger import figures
from wenming.ledger.metrics import EXACT, LATEST
from wenming.ledger.models import MetricRow
from wenming.outcomes.documents import placings, tokens, values
from wenming.outcomes.documents.figuring import UNIT
from wenming.outcomes.documents.material import Problem
from wenming.outcomes.documents.models import Document
from wenming.outcomes.documents.placings import Listed, Standings
from wenming.outcomes.documents.values import Shown
from wenming.records.cases import states as case_states
from wenming.records.journals import reading as journals

Block = dict[str, Any]
Spec = dict[str, Any]
OPEN, ACCEPTED = "open", "accepted"
SCORE = "score"
# In keys of figures: places of which the register names no type.
_UNTYPED = "untyped"


@dataclass
class Desk:
    """`spec` is the kind as read from its pack; `shown` the present values, once they have been asked for."""

    document: Document
    spec: Spec
    problems: Sequence[Problem]
    words: Mapping[str, str]
    at: datetime
    figures: dict[str, Spec] = field(default_factory=dict)
    shown: Mapping[str, Shown] = field(default_factory=dict)

    @property
    def items(self) -> Iterator[Spec]:
        """All items of all sections."""
        for section in self.spec["sections"]:
            yield from section["items"]

    @property
    def numbers(self) -> dict[str, Decimal | None]:
        """Figure values by key, for conditions."""
        return {key: one.number for key, one in self.shown.items()}

    def number(self, key: str) -> Decimal:
        """The value of a figure, nothing being zero."""
        shown = self.shown.get(key)
        return shown.number if shown is not None and shown.number is not None else Decimal(0)

    @cached_property
    def units(self) -> list[Unit]:
        """Units that the document compares or groups by."""
        return compared(self.document)

    @cached_property
    def metrics(self) -> list[MetricRow]:
        """All metrics that the town knows, in the order of the packs."""
        known = MetricRow.objects.known_to(self.document.town)
        return list(known.select_related("pack").order_by("position", "code"))

    @cached_property
    def standings(self) -> list[Standings]:
        """Published places of the document's period (the written exception: documents → appraisals, for places)."""
        return placings.published(self.document)

    @cached_property
    def boards(self) -> dict[str, list[Listed]]:
        """Confirmed places on the red and the black list of the document's period."""
        return {color: placings.listed(self.document, color) for color in ("red", "black")}

    @cached_property
    def point_types(self) -> list[tuple[str, str]]:
        """(code, name) of the types of point on which the ledger has entries: most places have no problem to go by.

        A type that the pack does not know is named with its code, so that the clerk puts the register right.
        """
        metrics = {self.spec["figures"][item["figure"]]["metric"] for item in self.items if item.get("each") == "point_type"}  # fmt: skip
        names = {row.code: row.name for row in standards.point_types(self.document.period.end)}
        found: dict[str, str] = {}
        for metric in sorted(metrics):
            for code in figures.by_category(
                metric, scope=self.document.town, period=self.document.period, at=self.at
            ):
                name = names.get(code) or (f"其他点位（{code}）" if code else "其他点位")
                found.setdefault(code or _UNTYPED, name)
        return list(found.items())

    def names(self, what: str) -> list[tuple[str, str]]:
        """(code, name) of what a figure is split by; which are big the ledger says later."""
        if what == "point_type":
            return self.point_types
        if what == "unit":
            return [(unit.code, unit.label) for unit in self.units]
        if self.document.town.kind == unit_states.COUNTY:
            # A county's papers list no single problems to go by; which are nothing the ledger says.
            return _all_names(what, self.document.period.end)
        if what == "class":
            return list(dict.fromkeys((one.class_code, one.class_name) for one in self.problems))
        labels = case_states.SOURCE_LABELS
        return list(dict.fromkeys((one.source_code, labels[one.source_code]) for one in self.problems))


def _all_names(what: str, on: date) -> list[tuple[str, str]]:
    if what == "class":
        return list(dict.fromkeys((row.class_code, row.class_name) for row in standards.categories(on)))
    return list(case_states.SOURCE_LABELS.items())


def compared(document: Document) -> list[Unit]:
    """Units that a document compares or groups by: of the town, or those chosen with all below them."""
    found = Unit.objects.below(document.town).in_force().filter(kind__in=unit_states.GROUPS)
    units = values.chosen(document)
    if units:
        found = found.in_paths([unit.path for unit in units])
    return list(found.order_by("path"))


# ---- figures ----


def asked(desk: Desk) -> Iterator[tuple[str, Spec]]:
    """Every figure the draft may need: those of the kind, and those split by unit, class, source, type, book."""
    declared = desk.spec["figures"]
    by_unit = set(_by_unit(desk.spec))
    for key, spec in declared.items():
        if spec["scope"] != UNIT:
            yield key, spec
        if spec["scope"] == UNIT or key in by_unit:
            for unit in desk.units:
                yield at_unit(key, unit.code), _of_unit(spec, unit)
    for what, key in dict.fromkeys(_splits(desk.spec)):
        for code, name in desk.names(what):
            for base in _with_compared(key, declared):
                narrow = _narrow(what, code)
                yield (
                    split_key(base, what, code),
                    declared[base] | narrow | {"label": f"{name}{declared[base]['label']}"},
                )
    yield from _of_metrics(desk)
    yield from _of_standings(desk)


def at_unit(key: str, code: str) -> str:
    """found.before, 3505… → found@3505….before: the comparison stays at the end."""
    return _inserted(key, f"@{code}")


def split_key(key: str, what: str, code: str) -> str:
    return at_unit(key, code) if what == "unit" else _inserted(key, f"@{what}-{code}")


def _inserted(key: str, part: str) -> str:
    for tail in (tokens.BEFORE, tokens.YEAR):
        if key.endswith(tail):
            return f"{key.removesuffix(tail)}{part}{tail}"
    return f"{key}{part}"


def _with_compared(key: str, declared: Mapping[str, Spec]) -> list[str]:
    return [key, *(key + tail for tail in (tokens.BEFORE, tokens.YEAR) if key + tail in declared)]


def _of_unit(spec: Spec, unit: Unit) -> Spec:
    label = spec["label"]
    label = label.replace("本单位", unit.label) if "本单位" in label else f"{unit.label}{label}"
    return spec | {"unit": unit.code, "label": label}


def _by_unit(spec: Spec) -> Iterator[str]:
    """Keys that tables of units and `each: unit` split by unit, with what they are compared to."""
    for section in spec["sections"]:
        for item in section["items"]:
            keys = []
            if item.get("table") == "units":
                keys = [item["order"], *(column["figure"] for column in item["columns"])]
            elif item.get("each") == "unit" or (item.get("list") == "units" and item["figure"]):
                keys = [item["figure"]]
            for key in keys:
                yield from _with_compared(key, spec["figures"])


def _splits(spec: Spec) -> Iterator[tuple[str, str]]:
    for section in spec["sections"]:
        for item in section["items"]:
            if item.get("each") in ("class", "source", "point_type"):
                yield item["each"], item["figure"]
            if item.get("suggest") in ("overdue_classes", "growing_classes"):
                yield "class", item["figure"]


def _narrow(what: str, code: str) -> Spec:
    if what == "source":
        return {"sources": [code]}
    return {"category": f"{EXACT}{code.removeprefix(_UNTYPED)}" if what == "point_type" else code}


def metrics_of(desk: Desk, item: Spec) -> list[str]:
    """Codes of the metrics an `each: metric` runs through: those of its groups that no other text uses; with `own`
    also what offices count by kinds of their own under a group that no item of the document names. What only stands
    there (时点数) where the item wants it."""
    used = {spec["metric"] for spec in desk.spec["figures"].values()} | set(item["except"])
    named = {group for each in desk.items for group in each.get("groups", ())}

    def wanted(row: MetricRow) -> bool:
        own = bool(item.get("own")) and row.pack.kind == journals.KIND and row.group not in named
        return (row.group in item["groups"] or own) and (item["stock"] or row.spec["kind"] != LATEST)

    return [row.code for row in desk.metrics if wanted(row) and row.code not in used]


def _of_metrics(desk: Desk) -> Iterator[tuple[str, Spec]]:
    """A figure for every metric of the groups that an `each: metric` names: what a county counts besides."""
    taken = {spec["label"] for spec in desk.spec["figures"].values()}
    for item in desk.items:
        if item.get("each") != "metric":
            continue
        names = {row.code: row.name for row in desk.metrics}
        for code in metrics_of(desk, item):
            label = names[code] if names[code] not in taken else f"{names[code]}（{code}）"
            taken.add(label)
            yield f"metric@{code}", {
                "metric": code, "label": label, "scope": "document", "period": "this", "category": "", "sources": [],
            }  # fmt: skip


def _of_standings(desk: Desk) -> Iterator[tuple[str, Spec]]:
    """The score of every unit that stands in a published round or on a list, as a figure of the ledger."""
    if not {"standings", "red", "black"} & {item.get("table") or item.get("list") for item in desk.items}:
        return
    for book, title, unit in placings.rated(desk.standings, desk.boards):
        spec = {
            "metric": SCORE, "label": f"{unit.label}{title}得分", "scope": UNIT, "unit": unit.code,
            "category": f"{EXACT}{book}", "sources": [], "period": "this",
        }  # fmt: skip
        key = score_key(unit, book)
        yield key, spec
        yield key + tokens.BEFORE, spec | {"period": "previous", "label": f"上期{spec['label']}"}


def score_key(unit: Unit, book: str) -> str:
    return f"{SCORE}@{unit.code}-{book}"


def needed(desk: Desk, blocks: Sequence[Block]) -> dict[str, Spec]:
    """All figures of the kind, so that the writer may use any; split ones only where they say something."""
    used = {key for block in blocks for key in tokens.keys(block["text"])}
    annexed = {annex.get("figure") for annex in desk.spec["annexes"]}
    annexed |= {annex.get("floor_figure") for annex in desk.spec["annexes"]}
    return {
        key: spec
        for key, spec in desk.figures.items()
        if "@" not in key or key in used or key.partition("@")[0] in annexed
    }
