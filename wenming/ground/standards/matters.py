"""The pack of event categories: matters, components gone wrong, local extensions, exemptions."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from wenming.common.packs import Pack, Reader
from wenming.ground.standards.models import EventCategory, Exemption, PackVersion
from wenming.ground.standards.references import Departments, fits, legend, term, term_of
from wenming.ground.standards.states import Family, Level
from wenming.ground.standards.suggestions import parts, plain

KIND = "event_categories"
LOCAL_CLASS = "L"
_TERM_KEYS = ("deadline", "basis", "urgent", "urgent_basis", "urgent_when")


@dataclass
class Content:
    """What one file says, not yet saved."""

    facts: dict[str, Any] = field(default_factory=dict)
    categories: list[EventCategory] = field(default_factory=list)
    exemptions: list[Exemption] = field(default_factory=list)


@dataclass
class _Desk:
    """What is needed while reading: the pack's own lists, and the words already taken."""

    departments: Departments
    bases: dict[str, str]
    classes: dict[str, str]
    sign: dict[bool, tuple[int, str]]
    codes: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)


def read(pack: Pack) -> Content:
    """Rows of the whole file, checked against the newest departments. Raises PackError."""
    body = pack.body
    sign = body.child("sign")
    desk = _Desk(
        departments=Departments.loaded(),
        bases=body.table("bases"),
        classes=_classes(body),
        sign={False: term(sign, "normal"), True: term(sign, "safety")},
    )
    sign.done()
    facts = {
        "standard": body.table("standard", default={}),
        "code_rules": body.table("code_rules", default={}),
        "bases": desk.bases,
        "legacy_classes": {
            each.text("code"): each.text("legacy", default="") for each in body.each("classes")
        },
    }
    content = Content(facts=facts, categories=list(_categories(body, desk)))
    if not content.categories:
        raise body.fail("一条事项也没有")
    for order, category in enumerate(content.categories, start=1):
        category.order = order
    content.exemptions = list(_exemptions(body, desk))
    body.done()
    return content


def facts(content: Content) -> dict[str, Any]:
    """The legends of the pack, for `PackVersion.facts`."""
    return content.facts


def save(row: PackVersion, content: Content) -> None:
    """Write the rows under `row`."""
    for category in content.categories:
        category.pack = row
    for exemption in content.exemptions:
        exemption.pack = row
    EventCategory.objects.bulk_create(content.categories)
    Exemption.objects.bulk_create(content.exemptions)


def _classes(body: Reader) -> dict[str, str]:
    names: dict[str, str] = {}
    for entry in body.each("classes"):
        code = entry.text("code")
        if code in names:
            raise entry.fail(f"大类代码「{code}」重复", "code")
        names[code] = entry.text("name")
        entry.text("legacy", default="")
        entry.done()
    return names


def _categories(body: Reader, desk: _Desk) -> Iterator[EventCategory]:
    for entry in body.each("matters", default=[]):
        yield _category(entry, entry, desk, Family.MATTER)
    for group in body.each("components", default=[]):
        group_class = group.text("class")
        for entry in group.each("items"):
            category = _category(entry, group, desk, Family.COMPONENT)
            if category.class_code != group_class:
                raise entry.fail(f"代码「{category.code}」不属于大类 {group_class}", "code")
            yield category
        # Every entry may say for itself what the group says, so the group's words count as read even if unused.
        for key in ("dept", "level", *_TERM_KEYS, "register_if", "close_if"):
            group.raw(key, default=None)
        group.done()
    for entry in body.each("locals", default=[]):
        yield _category(entry, entry, desk, Family.LOCAL)


def _category(entry: Reader, group: Reader, desk: _Desk, family: Family) -> EventCategory:
    """One category; what `entry` leaves out is taken from `group` (the same reader when there is no group)."""

    def where(key: str) -> Reader:
        return entry if key in entry.node else group

    component = entry.text("component") if family is Family.COMPONENT else ""
    name = entry.text("name", default=f"{component}异常") if component else entry.text("name")
    safety = entry.flag("safety", default=False)
    category = EventCategory(
        code=entry.text("code"),
        name=name,
        family=family,
        component=component,
        legacy_code=entry.text("legacy", default=""),
        legacy_confirmed=entry.flag("legacy_confirmed", default=False),
        dept=desk.departments.check(where("dept")),
        level=where("level").choice("level", Level.values),
        safety=safety,
        register_if=where("register_if").text("register_if"),
        close_if=where("close_if").text("close_if"),
        alt_deadlines=[_alternative(text, entry, desk) for text in entry.texts("alt", default=[])],
        aliases=entry.texts("aliases", default=[]),
        words=entry.texts("words", default=[]),
        excludes=entry.texts("excludes", default=[]),
        can_community_lead=not entry.flag("enforcement", default=False),
        active=entry.flag("active", default=True),
    )
    _place(category, entry, desk)
    _terms(category, entry, where, desk)
    _claim_words(category, entry, desk)
    if not category.can_community_lead and category.dept not in desk.departments.enforcing:
        raise entry.fail(
            f"「{name}」要有执法权，部门「{category.dept}」在部门表里没有（enforces）", "enforcement"
        )
    fits(entry, category)
    entry.done()
    return category


def _place(category: EventCategory, entry: Reader, desk: _Desk) -> None:
    """Code and class (GB/T 47678.5: two digits of class and three of the kind; local codes begin with L)."""
    code = category.code
    local = category.family == Family.LOCAL
    if local:
        good = code.startswith(LOCAL_CLASS) and code[1:].isdigit() and len(code) == 5
    else:
        good = code.isascii() and code.isdigit() and len(code) == 5
    if not good:
        form = "L 加四位数字，如 L0101" if local else "五位数字，如 06010，并加引号"
        raise entry.fail(f"代码「{code}」不对，应当是{form}", "code")
    if code in desk.codes:
        raise entry.fail(f"事项代码「{code}」重复", "code")
    desk.codes.add(code)
    category.class_code = LOCAL_CLASS if local else code[:2]
    if category.class_code not in desk.classes:
        raise entry.fail(f"大类 {category.class_code} 在 classes 里没有", "code")
    category.class_name = desk.classes[category.class_code]


def _terms(category: EventCategory, entry: Reader, where: Any, desk: _Desk) -> None:
    category.deadline_value, category.deadline_unit = term(where("deadline"), "deadline")
    category.basis = legend(where("basis"), "basis", desk.bases, "bases")
    own_sign = "sign" in entry.node
    category.sign_value, category.sign_unit = term(entry, "sign") if own_sign else desk.sign[category.safety]
    if "urgent" in where("urgent").node:
        category.urgent_value, category.urgent_unit = term(where("urgent"), "urgent")
        category.urgent_basis = legend(where("urgent_basis"), "urgent_basis", desk.bases, "bases")
        category.urgent_when = where("urgent_when").text("urgent_when")


def _alternative(text: str, entry: Reader, desk: _Desk) -> dict[str, Any]:
    """`DQ 停工 4 work_hour`: basis, stage if any, term."""
    words = text.split()
    if len(words) not in (3, 4) or words[0] not in desk.bases:
        raise entry.fail(
            f"「alt」应当写「依据 [阶段] 数 单位」，依据要在 bases 里有，现在是「{text}」", "alt"
        )
    value, unit = term_of(" ".join(words[-2:]), entry, "alt")
    return {"basis": words[0], "stage": words[1] if len(words) == 4 else "", "value": value, "unit": unit}


def _claim_words(category: EventCategory, entry: Reader, desk: _Desk) -> None:
    """A name or alias means one category only; spoken words may be shared, they only suggest."""
    claims = [("component" if category.component else "name", category.name)]
    claims += [("aliases", alias) for alias in category.aliases]
    for key, word in claims:
        other = desk.names.setdefault(plain(word), category.code)
        if other != category.code:
            raise entry.fail(f"「{word}」已经是 {other} 的名称或别名", key)
    for key, words in (
        ("aliases", category.aliases),
        ("words", category.words),
        ("excludes", category.excludes),
    ):
        for word in words:
            if len(words) != len(set(words)):
                raise entry.fail(f"「{key}」里有重复的词", key)
            if not parts(word) or (key != "words" and len(parts(word)) > 1):
                raise entry.fail(f"「{key}」里的「{word}」写法不对", key)


def _exemptions(body: Reader, desk: _Desk) -> Iterator[Exemption]:
    seen: set[str] = set()
    for order, entry in enumerate(body.each("exemptions", default=[]), start=1):
        code, applies = entry.text("code"), entry.texts("applies_to")
        if code in seen:
            raise entry.fail(f"不立案情形编号「{code}」重复", "code")
        seen.add(code)
        unknown = [each for each in applies if each != "*" and each not in desk.codes]
        if unknown or not applies:
            raise entry.fail(
                f"「applies_to」里的事项代码不存在：{'、'.join(unknown) or '（空）'}", "applies_to"
            )
        text, source = entry.text("text"), entry.text("source", default="")
        row = Exemption(code=code, applies_to=applies, text=text, source=source, order=order)
        fits(entry, row)
        entry.done()
        yield row
