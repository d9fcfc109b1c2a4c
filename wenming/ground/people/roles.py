"""Roles in code, as plain lists of permissions (handbook appendix B). They change by review, not by a click."""

from dataclasses import dataclass

from wenming.ground.people.permissions import P


@dataclass(frozen=True)
class Role:
    code: str
    name: str
    can: str
    cannot: str
    permissions: frozenset[P]


_LOOK = {P.CASE_READ, P.PLACES_READ, P.LEDGER_READ, P.BOARD_READ, P.DOCUMENT_READ, P.SCORE_READ}
_OFFICE = {
    P.CASE_REPORT, P.CASE_REGISTER, P.CASE_DISPATCH, P.CASE_ARBITRATE, P.CASE_VERIFY, P.CASE_REVISIT,
    P.CASE_SUPERVISE, P.CASE_COVERT, P.PLACES_EDIT, P.PUBLIC_MODERATE, P.DOCUMENT_DRAFT, P.SCORE_MANAGE,
    P.JOURNAL_ENTER, P.JOURNAL_MANAGE, P.DOCUMENT_RECEIVE,
}  # fmt: skip


def _role(code: str, name: str, can: str, cannot: str, *permissions: P) -> Role:
    return Role(code, name, can, cannot, frozenset(permissions))


_ALL = [
    _role("county_office", "县创城办", "全县查看、抽点、暗访、督办、通报，看意见与投诉", "改镇内案卷内容",
          *_LOOK, P.CASE_REPORT, P.CASE_COVERT, P.CASE_VERIFY, P.CASE_REVISIT, P.CASE_SUPERVISE, P.STANDARDS_EDIT,
          P.CALENDAR_EDIT, P.UNITS_EDIT, P.COMPLAINTS_READ, P.DOCUMENT_DRAFT, P.DOCUMENT_CHECK, P.SCORE_DECIDE,
          P.JOURNAL_ENTER, P.JOURNAL_MANAGE),
    _role("county_leader", "县分管领导", "全县看板、签发县里的公文", "签发镇里的公文、改镇内案卷、直接改分",
          *_LOOK, P.DOCUMENT_SIGN, P.CASE_REPORT),
    _role("town_leader", "镇党委书记、镇长", "看板、签发、约谈决定", "直接改分、改案卷",
          *_LOOK, P.DOCUMENT_SIGN, P.CASE_REPORT, P.SCORE_CONFIRM, P.SCORE_DECIDE),
    _role("office_director", "创城办主任（分管领导）", "立项、交办、裁定、核查、审文", "核查自己处置的问题、签发",
          *_LOOK, *_OFFICE, P.DOCUMENT_CHECK, P.CALENDAR_EDIT, P.UNITS_EDIT, P.PEOPLE_EDIT, P.STANDARDS_EDIT, P.SCORE_DECIDE),
    _role("office_clerk", "创城办干事", "受理、派遣、核查、起草公文、维护点位", "审核或签发自己起草的公文",
          *_LOOK, *_OFFICE, P.CALENDAR_EDIT, P.UNITS_EDIT, P.PEOPLE_EDIT),
    _role("inspector", "督查组", "巡查、暗访、核查、回头看", "处置",
          *_LOOK, P.CASE_REPORT, P.CASE_COVERT, P.CASE_VERIFY, P.CASE_REVISIT, P.JOURNAL_ENTER),
    _role("community_secretary", "社区（村）书记", "本辖区全部问题、签收、处置、退单、核查网格员的自查自改", "核销上级发现的问题",
          P.CASE_READ, P.PLACES_READ, P.LEDGER_READ, P.BOARD_READ, P.DOCUMENT_READ, P.CASE_REPORT, P.CASE_HANDLE,
          P.CASE_VERIFY, P.PLACES_EDIT, P.SCORE_READ, P.SCORE_APPEAL, P.JOURNAL_ENTER, P.JOURNAL_MANAGE,
          P.DOCUMENT_RECEIVE),
    _role("street_chief", "街巷长", "上报、随手整、处置小问题", "看他人记录",
          P.CASE_READ_OWN, P.PLACES_READ, P.CASE_REPORT, P.CASE_HANDLE, P.JOURNAL_ENTER),
    _role("grid_worker", "网格员", "上报、随手整、处置小问题", "看他人记录",
          P.CASE_READ_OWN, P.PLACES_READ, P.CASE_REPORT, P.CASE_HANDLE, P.JOURNAL_ENTER),
    _role("dept_contact", "站所、部门联络员", "签收派单、退单、处置反馈", "核查",
          P.CASE_READ_OWN, P.PLACES_READ, P.CASE_REPORT, P.CASE_HANDLE, P.DOCUMENT_READ, P.SCORE_READ,
          P.SCORE_APPEAL, P.JOURNAL_ENTER, P.DOCUMENT_RECEIVE),
    _role("partner_contact", "共建单位联络员", "挂钩社区的任务", "打分、核查",
          P.CASE_READ_OWN, P.PLACES_READ, P.CASE_REPORT, P.CASE_HANDLE, P.SCORE_READ, P.SCORE_APPEAL,
          P.JOURNAL_ENTER, P.DOCUMENT_RECEIVE),
    _role("contractor", "保洁公司、保洁员", "看本单位派单、反馈、结算单", "看其他单位的问题",
          P.CASE_READ_OWN, P.PLACES_READ, P.CASE_HANDLE, P.SCORE_APPEAL, P.DOCUMENT_RECEIVE),
    _role("discipline", "纪检联络员", "只读督办与问责线索", "任何修改",
          P.CASE_READ, P.DOCUMENT_READ, P.LEDGER_READ, P.SCORE_READ),
    _role("system_admin", "系统管理员", "单位、人员、日历、标准、后台任务", "业务操作、看审计历史",
          P.UNITS_EDIT, P.PEOPLE_EDIT, P.CALENDAR_EDIT, P.STANDARDS_EDIT, P.JOBS_MANAGE, P.ACCOUNTS_READ),
    _role("security_admin", "安全管理员", "停用、解锁、重置口令", "业务操作、建账号、看审计历史",
          P.SECURITY_EDIT, P.ACCOUNTS_READ),
    _role("audit_admin", "审计管理员", "查看审计历史、校验历史与账目", "业务操作、建账号",
          P.AUDIT_READ, P.ACCOUNTS_READ, P.LEDGER_READ),
]  # fmt: skip
ROLES: dict[str, Role] = {role.code: role for role in _ALL}
CHOICES = [(role.code, role.name) for role in _ALL]
# Whose finds are the county's.
COUNTY_FINDERS = {"county_office", "county_leader"}
# The three administrators check each other: nobody holds two of these (等保 2.0 权限分离, handbook appendix B).
SEPARATE = {"system_admin", "security_admin", "audit_admin"}
# Which kinds of unit a role makes sense at.
AT: dict[str, set[str]] = {
    "county_office": {"county", "office"},
    "county_leader": {"county"},
    "town_leader": {"town"},
    "office_director": {"town", "office"},
    "office_clerk": {"town", "office"},
    "inspector": {"town", "office", "county"},
    "community_secretary": {"community", "village"},
    "street_chief": {"community", "village", "grid"},
    "grid_worker": {"grid", "community", "village"},
    "dept_contact": {"department", "station"},
    "partner_contact": {"partner"},
    "contractor": {"contractor"},
    "discipline": {"county", "town", "department"},
    "system_admin": {"county", "town"},
    "security_admin": {"county", "town"},
    "audit_admin": {"county", "town"},
}
