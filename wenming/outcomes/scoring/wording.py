"""The words of a rule book for people: kinds of events, levels, fields, and conditions put into Chinese.

Pure: what a town has named itself (accounts of its ledger) is handed in. A condition too strange to be put into
words stays as it is written, in quotation marks: nobody is told something else than what is computed.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from wenming.outcomes.scoring import amounts
from wenming.outcomes.scoring.book import Book, Selector
from wenming.outcomes.scoring.conditions import Condition

KINDS = {
    "found": "发现问题", "due": "到期应整改", "fixed": "已整改", "fixed_due": "到期已整改", "fixed_in_time": "按期整改",
    "overdue": "到期未整改", "late": "没有按期整改", "self_fixed": "自查自改", "on_spot": "当场整改", "rework": "返工",
    "returned": "退单", "extended": "延期", "suspended": "挂账", "resumed": "恢复办理", "relapsed": "反弹",
    "revisited": "回头看", "order": "督办单", "order_closed": "督办办结", "site": "检查点位", "named": "被通报点名",
    "faked": "虚假整改", "third_party": "第三方测评", "praise": "领导表扬", "mark": "考核得分", "rating": "评委打分",
    "ballot": "选票", "survey": "问卷", "draw": "抽签记录", "meeting": "会议", "complaint": "投诉", "done": "办结",
    "rectified": "整改完成", "not_rectified": "未按要求整改", "incident": "重大事故或造假", "mechanism": "机制不落实",
    "material_failed": "材料不合格", "petition_red": "信访红灯", "petition_blue": "信访蓝灯", "staff_missing": "人员不到位",
    "record_missing": "台账缺失", "rubbish": "积存垃圾", "bins": "垃圾桶", "demolished": "拆违", "red_flag": "红旗",
    "yellow_flag": "黄旗", "best_lane": "最美街巷", "service": "志愿服务", "referral": "介绍新人", "exchange": "积分兑换",
    "no_show": "报名不到",
}  # fmt: skip
"""Kinds of event that the ledger tells (docs/scoring.md), and those that real 办法 name; others are accounts or a
town's own words."""
LEVELS = {
    "self": "自查", "town": "镇级", "county": "县级", "district": "区级", "city": "市级", "province": "省级",
    "nation": "国家级", "national": "国家级", "street": "街道", "bureau": "局级", "public": "群众", "hotline": "热线",
    "media": "媒体",
}  # fmt: skip
FIELDS = {
    "id": "编号", "kind": "种类", "unit": "单位", "group": "组", "on": "日期", "quantity": "数量", "bulletin": "通报期数",
    "by_level": "发现级别", "case": "问题", "inspection": "检查", "place": "点位", "category": "类别", "as_of": "计算日",
    "period_start": "本期第一天", "period_end": "本期最后一天", "total": "总分", "from_last": "倒数名次", "ranked": "参加排名数",
    "grade": "等次", "change": "比上期变化", "barred": "已取消评先", "flags": "旗帜", "day": "天", "month": "月",
}  # fmt: skip
SAME = {"case": "同一问题", "place": "同一点位", "inspection": "同一次检查", "category": "同一类别", "day": "同一天",
        "bulletin": "同一期通报", "unit": "同一单位"}  # fmt: skip
_EVENT_ID = re.compile(r"（(?:[\w.]+:[0-9a-f-]{36}[、…]*)+）")
_HINT = re.compile(r"（(?:attrs\.\w+|opening|bulletin|inspection|combine)）")
_BRACKET = re.compile(r"（([\w./]+)）")
_OPERATORS = {"==": "是", "!=": "不是", "<": "小于", "<=": "不大于", ">": "大于", ">=": "不小于"}
_ON_DAYS = {"<": "早于", "<=": "不晚于", ">": "晚于", ">=": "不早于", "==": "就是", "!=": "不是"}
_DAYS = {"on", "as_of", "period_start", "period_end"}
_TOKEN = re.compile(
    r"\s*(?:(?P<text>\"[^\"\\]*\"|'[^'\\]*')|(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?)"
    r"|(?P<mark>\|\||&&|==|!=|<=|>=|[<>!()\[\],]))"
)


@dataclass(frozen=True)
class Words:
    """How this book's codes are called. `kinds`: further names of kinds (accounts of the ledger)."""

    book: Book
    kinds: Mapping[str, str] = field(default_factory=dict)

    def kind(self, code: str) -> str:
        """「发现问题」 of a kind of event; the code itself where nobody has named it."""
        known = self._kind(code)
        if known:
            return f"「{known}」"
        sources = self.book.from_ledger.kinds.get(code, ())
        named = [name for name in map(self._kind, sources) if name]
        return "、".join(f"「{name}」" for name in named) if named else f"「{code}」"

    def _kind(self, code: str) -> str:
        return self.kinds.get(code) or KINDS.get(code, "")

    def events(self, selector: Selector) -> str:
        """Which events: their kinds, and under which condition."""
        kinds = "、".join(self.kind(code) for code in selector.kinds)
        return f"{kinds}（{self.condition(selector.condition)}）" if selector.condition else kinds

    def field(self, name: str) -> str:
        """A field of an event in words."""
        if name.startswith("attrs."):
            declared = self.book.attributes.get(name[6:])
            return declared.title if declared else name[6:]
        return FIELDS.get(name, name)

    def same(self, name: str) -> str:
        return SAME.get(name, f"{self.field(name)}相同")

    def key(self, key: str, fields: Iterable[str]) -> str:
        """A key of a table of points, such as county/垃圾."""
        parts = []
        for name, value in zip(fields, key.split("/"), strict=False):
            if name == "by_level":
                parts.append(LEVELS.get(value, value))
            elif name.startswith("attrs.") and value in ("是", "否"):
                parts.append(self.field(name) if value == "是" else f"没有{self.field(name)}")
            else:
                parts.append(value)
        return "、".join(parts)

    def condition(self, condition: Condition | None) -> str:
        """A condition in words, or as it is written where it says too much for words."""
        if condition is None:
            return ""
        said = _Speaker(self, condition.source).said()
        return said if said is not None else f"符合条件“{condition.source}”"


class _Speaker:
    """Reads the simple part of CEL: comparisons, 并且, 或者, 不, 其中之一."""

    def __init__(self, words: Words, source: str) -> None:
        self.words = words
        self.tokens: list[tuple[str, str]] | None = _tokens(source)
        self.at = 0

    def said(self) -> str | None:
        """The sentence, or None when it is more than this reader knows."""
        if not self.tokens:
            return None
        try:
            found = self._any()
        except (ValueError, IndexError):
            return None
        return found if self.at == len(self.tokens) else None

    def _peek(self) -> str:
        assert self.tokens is not None  # noqa: S101 -- `said` has seen to it
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def _take(self) -> tuple[str, str]:
        assert self.tokens is not None  # noqa: S101
        self.at += 1
        return self.tokens[self.at - 1]

    def _any(self) -> str:
        parts = [self._all()]
        while self._peek() == "||":
            self._take()
            parts.append(self._all())
        return "，或者".join(parts)

    def _all(self) -> str:
        parts = [self._one()]
        while self._peek() == "&&":
            self._take()
            parts.append(self._one())
        return "，并且".join(parts)

    def _one(self) -> str:
        if self._peek() == "!":
            self._take()
            return f"不是{self._one()}"
        if self._peek() == "(":
            self._take()
            inside = self._any()
            if self._take()[1] != ")":
                raise ValueError
            return f"（{inside}）"
        kind, name = self._take()
        if kind != "name":
            raise ValueError
        if name in ("true", "false"):
            return "总是" if name == "true" else "从不"
        operator = self._peek()
        if operator in _OPERATORS:
            self._take()
            return self._compared(name, operator, *self._take())
        if operator == "in":
            self._take()
            return self._among(name)
        return self.words.field(name)

    def _compared(self, name: str, operator: str, kind: str, value: str) -> str:
        if kind not in ("text", "number", "name"):
            raise ValueError
        if name == "by_level" and kind == "text" and operator in ("==", "!="):
            return f"{'' if operator == '==' else '不是'}{LEVELS.get(value, value)}发现的"
        if kind == "number" and operator == "<=" and name in ("place", "from_last"):
            return f"{'前' if name == 'place' else '后'} {value} 名"
        left = "名次" if name == "place" and kind == "number" else self.words.field(name)
        if kind == "name" and value in ("true", "false"):
            return left if (value == "true") == (operator == "==") else f"不是{left}"
        right = self.words.field(value) if kind == "name" else f"「{value}」" if kind == "text" else value
        days = name in _DAYS or (kind == "name" and value in _DAYS)
        return f"{left}{(_ON_DAYS if days else _OPERATORS)[operator]}{' ' if kind == 'number' else ''}{right}"

    def _among(self, name: str) -> str:
        if self._take()[1] != "[":
            raise ValueError
        values = []
        while True:
            kind, value = self._take()
            if kind not in ("text", "number"):
                raise ValueError
            values.append(LEVELS.get(value, value) if name == "by_level" else value)
            mark = self._take()[1]
            if mark == "]":
                break
            if mark != ",":
                raise ValueError
        if name == "by_level":
            return f"{'、'.join(values)}发现的"
        return f"{self.words.field(name)}是{'、'.join(f'「{value}」' for value in values)}之一"


def _tokens(source: str) -> list[tuple[str, str]] | None:
    found, at = [], 0
    source = source.strip()
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None:
            return None
        kind = match.lastgroup or ""
        value = match[kind]
        found.append((kind, value[1:-1] if kind == "text" else value))
        at = match.end()
    return found


def plainly(text: str) -> str:
    """A formula, reason or question of the engine as people read it: levels in Chinese, no keys of events or fields."""
    text = _HINT.sub("", _EVENT_ID.sub("", text))

    def level(match: re.Match[str]) -> str:
        parts = match[1].split("/")
        if not LEVELS.keys() & set(parts):
            return match[0]
        return f"（{'、'.join(LEVELS.get(part, part) for part in parts)}）"

    return _BRACKET.sub(level, text)


def points(value: Decimal) -> str:
    """「扣 2 分」, 「加 1 分」, 「不计分」."""
    if not value:
        return "不计分"
    return f"{'扣' if value < 0 else '加'} {amounts.text(abs(value))} 分"
