"""Reading sections, items and annexes of a kind of document (see `reading`).

An item is one of: `parts` (a sentence of conditional parts), `phrases` (each appears only where its figures say
something), `each` (one phrase for each class, source, type of point, unit or metric), `list` (problems in words),
`table`, or `suggest` (a sentence that the writer accepts or deletes).
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from wenming.common.errors import PackError
from wenming.common.packs import Reader
from wenming.ledger.models import Account
from wenming.outcomes.documents import conditions, kinds, tokens
from wenming.outcomes.documents.figuring import Figures

# Words a text may use in single braces; drafting fills them in.
WORDS = (
    "year", "period_year", "next_year", "period", "so_far", "previous", "next_period", "next_label", "label", "span", "until", "today",
    "town", "superior", "guidance", "units", "unit_names", "issuer", "feedback_day", "corrected_title", "corrected_number",
)  # fmt: skip
LISTS = (
    "units",
    "still_open",
    "told_fixed",
    "typical",
    "places",
    "measures",
    "clean_places",
    "red",
    "black",
    "record",
)
SUGGESTIONS = ("repeated_places", "overdue", "suspended", "lowest_rate", "overdue_classes", "growing_classes")
EACH = {
    "class": ("name",), "source": ("name",), "point_type": ("name",), "unit": ("name",), "metric": ("name",),
}  # fmt: skip
TABLES = ("units", "problems", "standings", "rows", "decisions")
PROBLEM_COLUMNS = {
    "number": "编号", "where": "点位及位置", "description": "存在问题", "category": "类别", "lead": "责任单位",
    "due": "时限", "measures": "整改措施", "result": "整改结果", "source": "来源",
}  # fmt: skip
ANNEXES = ("problem_list", "ranking", "photos")
ALIGN = ("left", "center", "right")
_ID = re.compile(r"[a-z][a-z0-9_]*")
# What a list fills in by itself.
_OF_LIST = {
    "units": ("unit",), "places": ("place", "type", "unit", "lead"), "clean_places": ("list",), "red": ("unit", "why", "place"),
    "black": ("unit", "why", "place"),
}  # fmt: skip

Item = dict[str, Any]


class Texts:
    """Checks texts: their figures, their words, their braces."""

    def __init__(self, figures: Figures, asked: set[str]) -> None:
        self.figures = figures
        self._asked = asked

    def of(self, item: Reader, name: str, default: str | None = None, **more: Any) -> str:
        """A checked text of the pack. Raises PackError."""
        text = item.text(name) if default is None else item.text(name, default=default)
        return self.checked(item, name, text, **more)

    def checked(
        self, item: Reader, name: str, text: str, *, units: bool = False, more: tuple[str, ...] = ()
    ) -> str:
        """The text, if all is known. `units`: figures of single units may stand here; `more`: further words."""
        for token in tokens.used(text):
            if token.key != "figure" or not units:
                self.figures.token(item, name, token, units=units)
        known = {*WORDS, *self._asked, *more}
        for word in kinds.words_in(text):
            if word not in known:
                listed = "、".join((*WORDS, *sorted(self._asked), *more))
                raise item.fail(f"不认识的词「{{{word}}}」，只能是：{listed}", name)
        left = tokens.TOKEN.sub("", text).replace("{{issue}}", "")
        if "{{" in left or "}}" in left:
            raise item.fail("双花括号写法不对，应当是 {{figure:取数键}}", name)
        return text

    def when(self, item: Reader, name: str = "when") -> str:
        """A checked condition."""
        condition = item.text(name, default="")
        if wrong := conditions.broken(condition):
            raise item.fail(f"条件看不懂：「{wrong}」，可写「found > 0 and not overdue」", name)
        self.figures.condition(item, condition)
        return condition


def sections(body: Reader, texts: Texts) -> list[Item]:
    """All sections; ids must not repeat, because edited blocks are found again by them."""
    found: list[Item] = []
    for item in body.each("sections"):
        section = {
            "id": _id(item, {one["id"] for one in found}),
            "heading": texts.of(item, "heading", default=""),
            "when": texts.when(item),
        }
        inner: list[Item] = []
        for each in item.each("items"):
            inner.append(_item(each, texts, {one["id"] for one in inner}))
        found.append(section | {"items": inner})
        item.done()
    return found


def _item(item: Reader, texts: Texts, taken: set[str]) -> Item:
    made: Item = {
        "id": _id(item, taken),
        "when": texts.when(item),
        "heading": texts.of(item, "heading", default=""),
        "ordinal": item.flag("ordinal", default=False),
        "joined": item.flag("joined", default=False),
    }
    for name, read in _READERS.items():
        if name in item.node:
            made |= read(item, texts)
            break
    else:
        made["parts"] = [_part(each, texts) for each in item.each("parts")]
    item.done()
    return made


def _part(item: Reader, texts: Texts) -> dict[str, str]:
    condition = texts.when(item)
    part = {"text": texts.of(item, "text"), "when": condition}
    item.done()
    return part


def _phrases(item: Reader, texts: Texts) -> Item:
    """Phrases that appear where each of their figures is more than nothing; joined, with a beginning and an end."""
    return {
        "phrases": list(_lines(item, "phrases", lambda text: texts.checked(item, "phrases", text))),
        "lead": texts.of(item, "lead", default=""),
        "joint": item.text("joint", default="，"),
        "end": texts.of(item, "end", default="。"),
    }


def _each(item: Reader, texts: Texts) -> Item:
    what = item.choice("each", EACH)
    made: Item = {
        "each": what,
        "lead": texts.of(item, "lead", default="", more=("count",)),
        "joint": item.text("joint", default="，"),
        "end": item.text("end", default="。"),
        "more": texts.of(item, "more", default="", more=("count",)),
        "least": item.integer("least", default=1 if what in ("metric", "unit") else 2),
        "limit": item.integer("limit", default=0),
    }
    if what == "metric":
        made["own"] = item.flag("own", default=False)
        made["groups"] = item.texts("groups", default=[]) if made["own"] else item.texts("groups")
        known = set(Account.objects.filter(active=True).values_list("group", flat=True))
        for group in made["groups"]:
            if group not in known:
                raise item.fail(f"没有名为「{group}」的科目分组", "groups")
        made["except"] = item.texts("except", default=[])
        made["stock"] = item.flag("stock", default=False)
    else:
        made["figure"] = _figure(item, "figure", texts, units=what == "unit")
    made["text"] = texts.of(item, "text", units=True, more=EACH[what])
    return made


def _list(item: Reader, texts: Texts) -> Item:
    what = item.choice("list", LISTS)
    return {
        "list": what,
        **({"field": item.text("field")} if what == "record" else {}),
        "figure": _figure(item, "figure", texts, units=True, optional=True),
        "text": texts.of(item, "text", default="", units=True, more=_OF_LIST.get(what, ("unit", "problem"))),
        "lead": texts.of(item, "lead", default=""),
        "limit": item.integer("limit", default=0),
        "compact": item.flag("compact", default=False),
    }


def _suggest(item: Reader, texts: Texts) -> Item:
    what = item.choice("suggest", SUGGESTIONS)
    figure = _figure(item, "figure", texts, units=True, optional=what not in ("lowest_rate", *_BY_CLASS))
    if what == "growing_classes" and figure + tokens.BEFORE not in texts.figures.found:
        raise item.fail(f"「{figure}」没有写 compare: true，不能看哪类增多", "figure")
    return {
        "suggest": what,
        "figure": figure,
        "text": texts.of(item, "text", units=True, more=("place", "unit", "list")),
        "limit": item.integer("limit", default=3),
    }


_BY_CLASS = ("overdue_classes", "growing_classes")


def _table(item: Reader, texts: Texts) -> Item:
    what = item.choice("table", TABLES)
    made: Item = {
        "table": what,
        "title": texts.of(item, "title", default=""),
        "note": texts.of(item, "note", default=""),
    }
    if what == "decisions":
        return made
    if what == "standings":
        return made | {"figure": _figure(item, "figure", texts)}
    if what == "problems":
        made["columns"] = item.texts("columns")
        for name in made["columns"]:
            if name not in PROBLEM_COLUMNS:
                raise item.fail(
                    f"「columns」不认识「{name}」，只能是：{'、'.join(PROBLEM_COLUMNS)}", "columns"
                )
        return made
    made["columns"] = [_column(each, texts, figures=what == "units") for each in item.each("columns")]
    if what == "units":
        made["order"] = _figure(item, "order", texts, units=True)
        made["total"] = item.flag("total", default=False)
    else:
        made["rows"] = _rows(item, texts, len(made["columns"]))
    return made


def _column(item: Reader, texts: Texts, *, figures: bool) -> Item:
    made: Item = {
        "title": item.text("title"),
        "width": item.integer("width", default=0),
        "align": item.choice("align", ALIGN, default="center"),
    }
    if figures:
        key = _figure(item, "figure", texts, units=True)
        view = item.choice("view", ("text", *tokens.VIEWS), default="text")
        made |= {"figure": key, "view": "" if view == "text" else view}
        texts.figures.view(item, "view", key, made["view"], texts.figures.found[key], units=True)
    item.done()
    return made


def _rows(item: Reader, texts: Texts, width: int) -> list[list[str]]:
    """Rows as the pack gives them, one line of cells each, with 「|」 between."""

    def row(line: str) -> list[str]:
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) != width:
            raise item.fail(f"表格有 {width} 栏，这一行写了 {len(cells)} 格：「{line[:20]}」", "rows")
        return [texts.checked(item, "rows", cell) for cell in cells]

    return list(_lines(item, "rows", row))


def _lines[T](item: Reader, name: str, check: Callable[[str], T]) -> Iterator[T]:
    """What `check` makes of every text in the list under `name`; a fault is named by the line of that text."""
    for number, text in enumerate(item.texts(name)):
        try:
            yield check(text)
        except PackError as error:
            said = error.message.partition("：")[2]
            raise PackError(said, path=error.path, line=item.line_of(name, number)) from None


_READERS = {"phrases": _phrases, "each": _each, "list": _list, "suggest": _suggest, "table": _table}


def annex(item: Reader, texts: Texts) -> Item:
    """An annex. Raises PackError."""
    made: Item = {"kind": item.choice("kind", ANNEXES), "title": texts.of(item, "title")}
    if made["kind"] == "ranking":
        made["figure"] = _figure(item, "figure", texts, units=True)
        made["floor_figure"] = _figure(item, "floor_figure", texts, units=True)
        made["floor"] = item.integer("floor", default=3)
    if made["kind"] == "photos":
        made["limit"] = item.integer("limit", default=60)
    item.done()
    return made


def _id(item: Reader, taken: set[str]) -> str:
    key = item.text("id")
    if not _ID.fullmatch(key):
        raise item.fail(f"「id」只能用小写字母、数字和下划线，现在是「{key}」", "id")
    if key in taken:
        raise item.fail(f"「{key}」重复，同一层里每段的 id 要不同", "id")
    return key


def _figure(item: Reader, name: str, texts: Texts, *, units: bool = False, optional: bool = False) -> str:
    key = item.text(name, default="") if optional else item.text(name)
    if key:
        texts.figures.need(item, name, key, units=units)
    return key
