"""Reading the pack of a kind of document: head, sections, annexes. Every fault is named by file and line.

The language is small, because a clerk writes it: `{period}` is a word known when drafting, `{{figure:found}}` a live
figure, `when: found > 0` a condition on figures. What is read is kept as plain JSON in the pack's row.
"""

import re
from collections.abc import Mapping
from typing import Any

from wenming.common import packs
from wenming.common.packs import Pack, Reader
from wenming.ground.standards.loaders import Loader
from wenming.ground.standards.models import PackVersion
from wenming.ground.units.models import Unit
from wenming.ledger import periods
from wenming.ledger.models import Account
from wenming.outcomes.documents import kinds, reading_items, states
from wenming.outcomes.documents.figuring import Figures
from wenming.outcomes.documents.models import KindText
from wenming.outcomes.documents.reading_items import Texts
from wenming.records.cases import states as case_states

FORMS = {"document": "文件", "letter": "信函", "minutes": "纪要", "plain": "无红头"}
NUMBERS = ("register", "issue", "none")
UNITS = {"any": "可选单位，不选就是全镇", "one": "只选一个单位", "some": "至少选一个单位"}
RECEIVERS = ("none", "all", "units", "leads")
LIMITS = ("policy", "special", "none")
TAKE = ("found", "open", "due", "none")
ONLY = ("overdue", "repeated", "suspended", "fixed")
GROUPS = ("通报", "简报", "函件", "考核", "总结计划", "会议")
MOST_ASKS = 7
_LONGEST_ID = 19

Content = dict[str, Any]


def read(pack: Pack, owner: Unit | None = None) -> Content:
    """The whole pack as plain JSON. `owner`: the town or county whose own version it is. Raises PackError."""
    body = pack.body
    if not re.fullmatch(r"[a-z][a-z0-9_-]*", pack.id) or len(pack.id) > _LONGEST_ID:
        raise body.fail(f"文种代号（id）只能用小写字母、数字、「_」和「-」，最多 {_LONGEST_ID} 个", "id")
    content: Content = {
        **_head(body),
        **_scope(body),
        "asks": [_ask(item) for item in body.each("asks", default=[])],
        "problems": _problems(body),
    }
    if len(content["asks"]) > MOST_ASKS:
        raise body.fail(f"起草时要填的最多 {MOST_ASKS} 项（手册 D1）", "asks")
    content["record"] = _record(body, {ask["key"] for ask in content["asks"]})
    texts = Texts(Figures(body, owner), {ask["key"] for ask in content["asks"]})
    content["needs"] = texts.when(body, "needs")
    content["title"] = texts.of(body, "title_text")
    content["mark"] = texts.of(body, "mark", default="")
    content["addressee"] = texts.of(body, "addressee", default="")
    content["parties"] = [texts.checked(body, "parties", text) for text in body.texts("parties", default=[])]
    content["sections"] = reading_items.sections(body, texts)
    content["annexes"] = [reading_items.annex(item, texts) for item in body.each("annexes", default=[])]
    content["figures"] = texts.figures.found
    body.done()
    return content


def read_text(text: str, *, label: str, owner: Unit | None) -> tuple[Pack, Content]:
    """The kind that a clerk wrote. Raises PackError."""
    pack = packs.parse(text.replace("\r\n", "\n").encode(), kind=kinds.KIND, name=label)
    return pack, read(pack, owner)


def _head(body: Reader) -> Content:
    """How it looks and how it is numbered."""
    number = body.choice("number", NUMBERS, default="register")
    form = body.choice("form", FORMS, default="document")
    suffix = body.text("code_suffix", default="函" if form == "letter" else "")
    return {
        "group": body.choice("group", GROUPS, default="通报"),
        "form": form,
        "number": number,
        "series": _series(body, number, suffix),
        "code_suffix": suffix,
        "account": _account(body),
        "length": body.choice("length", LIMITS, default="none"),
        "upward": body.flag("upward", default=False),
        "discreet": body.flag("discreet", default=False),
        "attendance": body.flag("attendance", default=False),
    }


def _series(body: Reader, number: str, suffix: str) -> str:
    """The row of numbers it counts in: one for each code word, so that no number is given twice (handbook §6.2);
    what has no 发文字号 counts by itself."""
    if number != "register":
        return f"{number}-{kinds.base(body.text('id'))}"
    return f"document-{suffix}" if suffix else "document"


def _scope(body: Reader) -> Content:
    """What it is about, and to whom it goes."""
    allowed = body.texts("periods", default=[])
    for kind in allowed:
        if kind not in periods.KINDS:
            raise body.fail(f"不认识的期间「{kind}」，只能是：{'、'.join(periods.KINDS)}", "periods")
    receivers = body.choice("receivers", RECEIVERS, default="none")
    days = body.integer("feedback_work_days", default=0)
    answer = body.flag("answer", default=False)
    if answer and receivers == "none":
        raise body.fail("要书面回复（answer）就要写明发给谁（receivers）", "answer")
    if answer and not days:
        raise body.fail("要书面回复就要写几个工作日内（feedback_work_days）", "answer")
    return {
        "periods": allowed,
        "closed": body.flag("closed", default=False),
        "units": body.choice("units", UNITS, default="any"),
        "receivers": receivers,
        "answer": answer,
        "feedback_work_days": days,
    }


def _account(body: Reader) -> str:
    code = body.text("account", default="")
    if code and not Account.objects.filter(code=code, active=True).exists():
        raise body.fail(f"没有科目「{code}」", "account")
    return code


def _ask(item: Reader) -> dict[str, Any]:
    """A thing that only a person can say: the word `{key}` of the texts."""
    key = item.text("key")
    if not re.fullmatch(r"[a-z][a-z_]*", key):
        raise item.fail(f"「key」只能用小写字母和下划线，现在是「{key}」", "key")
    if key in reading_items.WORDS:
        raise item.fail(f"「{key}」是系统自己填的词，请换一个", "key")
    ask = {
        "key": key,
        "label": item.text("label"),
        "help": item.text("help", default=""),
        "required": item.flag("required", default=True),
        "default": item.text("default", default=""),
        "rows": item.integer("rows", default=1),
    }
    item.done()
    return ask


def _record(body: Reader, asked: set[str]) -> dict[str, Any] | None:
    """Which record of the work log it may be written from, and which questions that answers."""
    if "record" not in body.node:
        return None
    item = body.child("record")
    body.raw("record")
    fills = item.child("fills")
    item.raw("fills")
    made: dict[str, Any] = {"kind": item.text("kind"), "fills": {}}
    for key in fills.node:
        if key not in asked:
            raise fills.fail(f"「{key}」不是 asks 里要填的，只能是：{'、'.join(sorted(asked))}", key)
        made["fills"][key] = fills.text(key)
    fills.done()
    item.done()
    return made


def _problems(body: Reader) -> dict[str, Any]:
    """Which problems it lists."""
    if "problems" not in body.node:
        plain: dict[str, Any] = {"take": "found", "by": "any", "needed": False}
        return plain | {"sources": [], "only": [], "told_in": [], "categories": []}
    item = body.child("problems")
    body.raw("problems")
    known = dict(case_states.SOURCES)
    made: dict[str, Any] = {
        "take": item.choice("take", TAKE, default="found"),
        "by": item.choice("by", ("any", "lead"), default="any"),
        "needed": item.flag("needed", default=False),
    }
    for name, allowed in (("sources", known), ("only", ONLY)):
        made[name] = item.texts(name, default=[])
        for value in made[name]:
            if value not in allowed:
                raise item.fail(f"「{name}」不认识「{value}」，只能是：{'、'.join(allowed)}", name)
    made["categories"] = item.texts("categories", default=[])
    made["told_in"] = item.texts("told_in", default=[])
    item.done()
    return made


def _save(version: PackVersion, content: Content) -> None:
    """Keep the text beside the pack, so that a clerk can copy it."""
    KindText.objects.create(
        code=version.code, version=version.version, title=version.title, in_force=version.in_force,
        text=content["text"], digest=version.digest, state=states.ADOPTED, pack=version,
        written_at=version.loaded_at, adopted_at=version.loaded_at,
    )  # fmt: skip


def _read_shipped(pack: Pack) -> Content:
    return read(pack) | {"text": pack.text}


LOADERS: Mapping[str, Loader] = {
    kinds.KIND: Loader(
        read=_read_shipped,
        save=_save,
        facts=lambda content: {name: value for name, value in content.items() if name != "text"},
        after=("accounts", "metrics"),
    )
}
