"""The left menu of the desk: one list, filtered by what the person may do."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P


@dataclass(frozen=True)
class Item:
    label: str
    url_name: str
    needs: tuple[P, ...]
    under: str = ""


ITEMS = [
    Item("首页", "desk:home", ()),
    Item("问题台账", "desk:case-list", (P.CASE_READ, P.CASE_READ_OWN)),
    Item("督办单", "desk:order-list", (P.CASE_SUPERVISE, P.CASE_READ, P.CASE_HANDLE)),
    Item("考核", "desk:appraisal-home", (P.SCORE_READ, P.SCORE_APPEAL, P.SCORE_MANAGE)),
    Item("工作台账", "desk:work-home", (P.JOURNAL_ENTER, P.JOURNAL_MANAGE, P.LEDGER_READ)),
    Item("公文", "desk:document-list", (P.DOCUMENT_READ, P.DOCUMENT_RECEIVE)),
    Item("上级表格", "desk:form-list", (P.DOCUMENT_DRAFT, P.DOCUMENT_CHECK, P.DOCUMENT_SIGN)),
    Item("一本账", "desk:ledger", (P.LEDGER_READ,)),
    Item("看板", "board:home", (P.BOARD_READ,)),
    Item("点位责任", "desk:place-list", (P.PLACES_READ,)),
    Item("单位", "desk:unit-list", (P.UNITS_EDIT,)),
    Item("人员岗位", "desk:person-list", (P.PEOPLE_EDIT, P.SECURITY_EDIT, P.ACCOUNTS_READ)),
    Item("工作日历", "desk:calendar", (P.CALENDAR_EDIT,)),
    Item("标准与规则", "desk:standards", (P.STANDARDS_EDIT, P.PLACES_EDIT)),
    Item("公众上报审核", "desk:moderation", (P.PUBLIC_MODERATE,)),
    Item("意见与投诉", "desk:suggestion-list", (P.COMPLAINTS_READ,)),
    Item("历史与校验", "desk:history", (P.AUDIT_READ,)),
    Item("后台任务", "desk:jobs", (P.JOBS_MANAGE,)),
    Item("现场", "field:home", (P.CASE_REPORT, P.CASE_HANDLE)),
]


def for_person(person: Person, path: str) -> list[dict[str, object]]:
    """Entries the person may open: label, url, and whether it is the page's own."""
    found = []
    for item in ITEMS:
        if item.needs and not any(person.may(need) for need in item.needs):
            continue
        try:
            url = reverse(item.url_name)
        except NoReverseMatch:
            continue
        here = path == url if item.url_name.endswith(":home") else path.startswith(url)
        found.append({"label": item.label, "url": url, "here": here})
    return found
