"""Everything a person may be allowed to do, one word each, alphabetical; roles are lists of these.

The code never asks who somebody is, only what he may do, and where: a permission held through a post
counts for the unit of the post and everything below it.
"""

from enum import StrEnum


class P(StrEnum):
    ACCOUNTS_READ = "accounts.read"
    AUDIT_READ = "audit.read"
    CALENDAR_EDIT = "calendar.edit"
    CASE_ARBITRATE = "case.arbitrate"
    CASE_COVERT = "case.covert"
    CASE_DISPATCH = "case.dispatch"
    CASE_HANDLE = "case.handle"
    CASE_READ = "case.read"
    CASE_READ_OWN = "case.read_own"
    CASE_REGISTER = "case.register"
    CASE_REPORT = "case.report"
    CASE_REVISIT = "case.revisit"
    CASE_SUPERVISE = "case.supervise"
    CASE_VERIFY = "case.verify"
    COMPLAINTS_READ = "complaints.read"
    DOCUMENT_CHECK = "document.check"
    DOCUMENT_DRAFT = "document.draft"
    DOCUMENT_READ = "document.read"
    DOCUMENT_RECEIVE = "document.receive"
    DOCUMENT_SIGN = "document.sign"
    JOBS_MANAGE = "jobs.manage"
    JOURNAL_ENTER = "journal.enter"
    JOURNAL_MANAGE = "journal.manage"
    LEDGER_READ = "ledger.read"
    BOARD_READ = "board.read"
    PEOPLE_EDIT = "people.edit"
    PLACES_EDIT = "places.edit"
    PLACES_READ = "places.read"
    PUBLIC_MODERATE = "public.moderate"
    SCORE_APPEAL = "score.appeal"
    SCORE_CONFIRM = "score.confirm"
    SCORE_DECIDE = "score.decide"
    SCORE_MANAGE = "score.manage"
    SCORE_READ = "score.read"
    SECURITY_EDIT = "security.edit"
    STANDARDS_EDIT = "standards.edit"
    UNITS_EDIT = "units.edit"


LABELS: dict[P, str] = {
    P.ACCOUNTS_READ: "查看账号",
    P.AUDIT_READ: "查看审计历史",
    P.BOARD_READ: "查看看板",
    P.CALENDAR_EDIT: "维护工作日历",
    P.CASE_ARBITRATE: "裁定退单、审批延期与挂账",
    P.CASE_COVERT: "暗访",
    P.CASE_DISPATCH: "派遣",
    P.CASE_HANDLE: "签收与处置",
    P.CASE_READ: "查看辖区问题",
    P.CASE_READ_OWN: "查看本人与本单位经办的问题",
    P.CASE_REGISTER: "受理与立案",
    P.CASE_REPORT: "上报问题",
    P.CASE_REVISIT: "回头看",
    P.CASE_SUPERVISE: "督办",
    P.CASE_VERIFY: "核查",
    P.COMPLAINTS_READ: "查看意见与投诉",
    P.DOCUMENT_CHECK: "审核公文",
    P.DOCUMENT_DRAFT: "起草公文",
    P.DOCUMENT_READ: "查看公文",
    P.DOCUMENT_RECEIVE: "签收与回复公文",
    P.DOCUMENT_SIGN: "签发公文",
    P.JOBS_MANAGE: "管理后台任务",
    P.JOURNAL_ENTER: "填报工作台账",
    P.JOURNAL_MANAGE: "管理工作台账（更正、冲销、设类目）",
    P.LEDGER_READ: "查看一本账",
    P.PEOPLE_EDIT: "维护人员与岗位",
    P.PLACES_EDIT: "维护点位与责任",
    P.PLACES_READ: "查看点位",
    P.PUBLIC_MODERATE: "审核公众上报与公开内容",
    P.SCORE_APPEAL: "申诉与确认本单位考核",
    P.SCORE_CONFIRM: "定考核后果",
    P.SCORE_DECIDE: "裁定考核申诉",
    P.SCORE_MANAGE: "组织考核（规则书、计算、公示、公布）",
    P.SCORE_READ: "查看考核结果",
    P.SECURITY_EDIT: "账号安全（停用、解锁、重置口令）",
    P.STANDARDS_EDIT: "导入标准与规则包",
    P.UNITS_EDIT: "维护单位",
}
