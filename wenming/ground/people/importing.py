"""People and their posts from a table. The key is the phone number; one person may have several lines, one a post."""

from datetime import datetime

from django.db import transaction

from wenming.common import clock, sheets
from wenming.common.errors import DomainError
from wenming.common.sheets import Checked, Column, Done, Row, Template
from wenming.ground.audit import actions as audit
from wenming.ground.people import actions, roles, rules
from wenming.ground.people.models import Person
from wenming.ground.units.models import Unit

_ROLES = {role.name: role.code for role in roles.ROLES.values()} | {
    "创城办主任": "office_director", "分管领导": "office_director", "干事": "office_clerk", "书记": "community_secretary",
    "社区书记": "community_secretary", "村书记": "community_secretary", "社区（村）支部书记": "community_secretary",
    "巷长": "street_chief", "街长": "street_chief", "联络员": "dept_contact", "共建联络员": "partner_contact",
    "保洁员": "contractor", "书记镇长": "town_leader", "镇长": "town_leader", "镇党委书记": "town_leader",
    "县领导": "county_leader", "分管副县长": "county_leader",
}  # fmt: skip
TEMPLATE = Template(
    kind="people",
    title="人员岗位导入表",
    columns=(
        Column("name", "姓名", required=True, longest=30, example="王芳"),
        Column("phone", "手机号", required=True, kind="code", example="13800000004", help="用来登录，请用文本格式。",
               aliases=("手机", "电话", "联系电话", "手机号码")),
        Column("unit", "单位", required=True, longest=60, example="东门社区", help="单位的名称或编码。",
               aliases=("所在单位", "单位名称", "单位编码")),
        Column("role", "角色", required=True, example="社区（村）书记", choices=_ROLES, listed=len(roles.ROLES)),
        Column("title", "职务名称", longest=30, example="党支部书记", help="显示在记录里的职务，不填用角色名。", aliases=("职务",)),
        Column("from_date", "任职日期", kind="date", example="2026-01-01", help="不填按导入当天。", aliases=("起", "起始日期")),
        Column("to_date", "止", kind="date", help="到期自动停；不填为长期。", aliases=("截止日期", "任职截止")),
        Column("deputy", "代理", example="否", choices={"是": "yes", "否": "no"}),
        Column("expires_on", "账号到期日", kind="date", help="外单位人员、承包公司人员请填。"),
    ),
    notes=(
        "一个人有几个岗位，就写几行，姓名和手机号相同。",
        "手机号已有账号的，只增加岗位；已有的岗位不变。",
        "新账号的初始口令在导入后显示一次，请当场保存；本人首次登录必须修改。",
    ),
)  # fmt: skip


def check(checked: Checked, *, by: Person | None = None) -> Checked:
    """预检: phone numbers, units, roles, separation of the three administrators. `by` limits units and roles."""
    checked.refuse_repeats(["phone", "unit", "role"])
    units = _Units()
    phones = [row["phone"] for row in checked.rows if row["phone"]]
    known = {
        person.phone: person for person in Person.objects.filter(phone__in=phones).prefetch_related("posts")
    }
    names: dict[str, str] = {phone: person.name for phone, person in known.items()}
    for row in checked.rows:
        _check_person(checked, row, names)
        _check_post(checked, row, units)
        _check_right(checked, row, known, by)
    _check_separate(checked, known)
    return checked


class _Units:
    """Units in force by code, or by a name that only one of them has."""

    def __init__(self) -> None:
        self.by_code: dict[str, Unit] = {}
        self.by_name: dict[str, list[Unit]] = {}
        for unit in Unit.objects.in_force().select_related("town", "parent"):
            self.by_code[unit.code] = unit
            for name in {unit.name, unit.short_name} - {""}:
                self.by_name.setdefault(name, []).append(unit)

    def find(self, text: str) -> Unit | str:
        """The unit, or why there is none."""
        unit = self.by_code.get(text) or self.by_code.get(text.ljust(12, "0"))
        if unit is not None:
            return unit
        found = self.by_name.get(text, [])
        if len(found) > 1:
            return f"有 {len(found)} 个单位叫「{text}」，请改填编码。"
        return found[0] if found else f"找不到单位「{text}」，请先录入它，或者核对名称。"


def _check_person(checked: Checked, row: Row, names: dict[str, str]) -> None:
    if row["phone"]:
        try:
            row.values["phone"] = actions.check_phone(row["phone"])
        except DomainError as error:
            checked.fault(row, "phone", error.message)
        else:
            told = names.setdefault(row["phone"], row.text("name"))
            if row["name"] and told and told != row["name"]:
                checked.fault(row, "name", f"这个手机号是「{told}」的，请核对姓名或手机号。")
    if row["name"] and len(row["name"]) < 2:
        checked.fault(row, "name", "姓名至少 2 个字。")


def _check_post(checked: Checked, row: Row, units: _Units) -> None:
    if row["from_date"] and row["to_date"] and row["to_date"] < row["from_date"]:
        checked.fault(row, "to_date", "止日早于任职日期，请核对。")
    if not row["unit"]:
        return
    unit = units.find(row["unit"])
    if isinstance(unit, str):
        checked.fault(row, "unit", unit)
        return
    row.found["unit"] = unit
    if row["role"] and unit.kind not in roles.AT[row["role"]]:
        checked.fault(row, "role", f"「{roles.ROLES[row['role']].name}」不能设在{unit.get_kind_display()}。")


def _check_right(checked: Checked, row: Row, known: dict[str, Person], by: Person | None) -> None:
    """The rule of the desk: nobody gives what stands above himself, or outside his ground, or to himself."""
    unit = row.found.get("unit")
    if by is None or unit is None or not row["role"]:
        return
    refusal = rules.why_not_give(by, known.get(row.text("phone")), row["role"], unit)
    if refusal:
        checked.fault(row, "role", refusal)


def _check_separate(checked: Checked, known: dict[str, Person]) -> None:
    """The three administrators hold no other post, neither now nor in this table."""
    today = clock.local_date(clock.now())
    held: dict[str, set[str]] = {}
    for phone, person in known.items():
        posts = [post for post in person.posts.all() if post.to_date is None or post.to_date >= today]
        held[phone] = {post.role for post in posts}
    for row in checked.rows:
        if not (row["phone"] and row["role"]):
            continue
        others = held.setdefault(row["phone"], set()) - {row["role"]}
        if (row["role"] in roles.SEPARATE and others) or others & roles.SEPARATE:
            checked.fault(row, "role", "系统、安全、审计管理员三权分立，不能兼任其他岗位，请另选人员。")
        held[row["phone"]].add(row["role"])


def run(
    checked: Checked,
    *,
    by: audit.Actor | None,
    at: datetime,
    progress: sheets.Progress = sheets.no_progress,
) -> Done:
    """Write the good rows in one transaction. `told` of the result: (name, phone, first password) of each new
    account, to be shown once. Raises DomainError naming the row; then nothing is written."""
    done, rows = Done(), checked.good
    with transaction.atomic():
        for number, row in enumerate(rows, start=1):
            try:
                _write(row, done, by, at)
            except DomainError as error:
                raise DomainError(error.code, f"第 {row.number} 行：{error.message}", field="file") from error
            progress(number, len(rows))
    return done


def _write(row: Row, done: Done, by: audit.Actor | None, at: datetime) -> None:
    person = Person.objects.filter(phone=row["phone"]).first()
    new = person is None
    if person is None:
        person, password = actions.add(
            name=row["name"], phone=row["phone"], at=at, by=by, expires_on=row["expires_on"]
        )
        done.told.append((person.name, person.phone, password))
    today = clock.local_date(at)
    since = row["from_date"] or today
    held = list(person.posts.filter(role=row["role"], unit=row.found["unit"]))
    if any(post.held_on(max(since, today)) or post.from_date == since for post in held):
        done.unchanged += 1
        return
    actions.give_post(
        person=person, role=row["role"], unit=row.found["unit"], from_date=since, to_date=row["to_date"], at=at, by=by,
        name=row.text("title"), deputy=row["deputy"] == "yes",
    )  # fmt: skip
    done.created += new
    done.changed += not new
