"""历史与校验: who did what when, in sentences; and the proof that neither history nor books were touched."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet, Sum
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.faces.desk import forms as parts
from wenming.faces.desk import links, list_export, paging
from wenming.faces.desk.access import needs
from wenming.faces.kit.once import once
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.audit.actions import COUNTY
from wenming.ground.audit.models import Chain, Record
from wenming.ground.jobs import actions as jobs
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.ledger import tasks
from wenming.ledger.models import Book

# So many lines are walked while the auditor waits (a few seconds); more is left to the worker.
AT_ONCE = 20_000
MOST_EXPORTED = 100_000
SUBJECTS = [
    ("case", "问题"), ("order", "督办单"), ("document", "公文"), ("person", "人员岗位"), ("unit", "单位"), ("place", "点位"),
    ("calendar_day", "日历"), ("pack", "规则包"), ("book", "账簿"), ("suggestion", "意见与投诉"), ("wall", "大屏链接"),
    ("letterhead", "公文设置"), ("photo", "照片"), ("office_hours", "作息时间"), ("calendar_year", "放假安排"),
    ("calendar_pack", "日历包"), ("appraisal", "考核期"), ("rule_book", "规则书"),
    ("check", "检查点位"), ("journal", "工作台账"), ("parcel", "数据包"), ("form", "上级表格"),
    ("document_kind", "文种写法"), ("demo", "演示数据"), ("story", "种子故事"),
]  # fmt: skip


class SearchForm(parts.DeskForm):
    who = forms.CharField(label="人员", required=False, max_length=30)
    words = forms.CharField(label="说明里的词（编号、地点）", required=False, max_length=60)
    kind = forms.ChoiceField(label="对象", choices=[("", "不限"), *SUBJECTS], required=False)
    deed = forms.CharField(label="事项代码", required=False, max_length=60)
    since = parts.day("从", required=False)
    until = parts.day("到", required=False)
    subject = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("since") and data.get("until") and data["until"] < data["since"]:
            self.add_error("until", "结束日期早于开始日期，请对调。")
        return data

    def apply(self, found: QuerySet[Record]) -> QuerySet[Record]:
        """Narrow the history; with an error nothing is found, so that no wrong conclusion is drawn."""
        if not self.is_valid():
            return found.none()
        data = self.cleaned_data
        simple = {
            "by_name__icontains": data["who"].strip(), "deed__startswith": data["deed"].strip(), "subject_kind": data["kind"],
            "subject_uuid": data["subject"],
        }  # fmt: skip
        found = found.filter(**{key: value for key, value in simple.items() if value})
        for word in data["words"].split():
            found = found.filter(sentence__icontains=word)
        if data["since"]:
            found = found.filter(posted_at__gte=clock.at_local(data["since"]))
        if data["until"]:
            found = found.filter(posted_at__lt=clock.at_local(data["until"] + timedelta(days=1)))
        return found


def _towns(person: Person) -> list[int] | None:
    """Keys of the towns whose history the person reads; None: of the whole county."""
    own = Unit.objects.in_paths(person.paths(P.AUDIT_READ)).filter(kind__in=(kinds.COUNTY, kinds.TOWN))
    rows = list(own.values_list("pk", "kind"))
    return None if any(kind == kinds.COUNTY for _pk, kind in rows) else [pk for pk, _kind in rows]


def visible(person: Person) -> QuerySet[Record]:
    """History the person may read."""
    towns = _towns(person)
    if towns is None:
        return Record.objects.all()
    return Record.objects.filter(chain__in=[f"town-{pk}" for pk in towns])


@require_GET
@needs(P.AUDIT_READ)
def search(request: StaffRequest) -> HttpResponse:
    """History by person, subject, deed, words and time, the latest first."""
    form = SearchForm(request.GET)
    found = form.apply(visible(request.user)).order_by("-posted_at", "-id")
    page = paging.page(request, found)
    query = request.GET.copy()
    query.pop("page", None)
    proofs = visible(request.user).filter(deed=tasks.PROOF).order_by("-posted_at", "-id")
    context = {
        "form": form, "page": page, "query": query.urlencode(), "proof": proofs.first(), "kinds": dict(SUBJECTS),
        "chains": _chains(),
    }  # fmt: skip
    return render(request, "desk/history/search.html", context)


def _chains() -> dict[str, str]:
    """The chains of history by their key, in words."""
    found = Unit.objects.filter(kind__in=(kinds.COUNTY, kinds.TOWN)).values_list("pk", "name")
    return {COUNTY: "全县"} | {f"town-{pk}": name for pk, name in found}


@require_GET
@needs(P.AUDIT_READ)
def file(request: StaffRequest) -> FileResponse:
    """Exactly the history that is filtered, as xlsx."""
    form = SearchForm(request.GET)
    found = form.apply(visible(request.user)).order_by("posted_at", "id")
    if found.order_by()[: MOST_EXPORTED + 1].count() > MOST_EXPORTED:
        raise DomainError("too_many", f"超过 {MOST_EXPORTED} 条，请先缩小时间范围再导出。")
    now = clock.now()
    headings = ["链", "序号", "发生时间", "记录时间", "人员", "岗位", "事项", "说明", "校验值"]
    return list_export.sheet(
        file="历史记录", title="历史记录", headings=headings, rows=_lines(found), at=now, unit=request.user.title(),
        widths=[12, 8, 18, 18, 12, 20, 20, 60, 40],
    )  # fmt: skip


def _lines(found: QuerySet[Record]) -> Iterator[list[Any]]:
    for row in found.iterator(1000):
        yield [
            row.chain, row.number, row.at, row.posted_at, row.by_name, row.by_post, row.deed, row.sentence, row.hash,
        ]  # fmt: skip


@require_POST
@needs(P.AUDIT_READ)
@once
def verify(request: StaffRequest) -> HttpResponse:
    """Prove history and books: at once when they are small, else by the worker."""
    now = clock.now()
    towns = _towns(request.user)
    chain = COUNTY if towns is None else f"town-{towns[0]}"
    if _size(towns) <= AT_ONCE:
        row = tasks.prove(at=now, by=request.user, towns=towns, chain=chain)
        return links.see_other(links.to("desk:proof", row.pk))
    payload = {"by": request.user.pk, "towns": towns, "chain": chain}
    jobs.enqueue(kind=tasks.KIND, payload=payload, at=now)
    messages.info(request, "记录较多，正在后台校验；完成后这一页会写出结果，可以先办别的事。")
    return links.see_other(links.to("desk:history"))


def _size(towns: list[int] | None) -> int:
    """How many lines there are to walk."""
    chains, books = Chain.objects.all(), Book.objects.all()
    if towns is not None:
        chains = chains.filter(key__in=[f"town-{pk}" for pk in towns])
        books = books.filter(unit_id__in=towns)
    lines: int = chains.aggregate(n=Sum("count"))["n"] or 0
    entries: int = books.aggregate(n=Sum("entry_count"))["n"] or 0
    return lines + entries


@require_GET
@needs(P.AUDIT_READ)
def proof(request: StaffRequest, pk: int) -> HttpResponse:
    """What a proof found; the first fault by name."""
    row = get_object_or_404(visible(request.user), pk=pk, deed=tasks.PROOF)
    return render(request, "desk/history/proof.html", {"row": row, "data": row.data})
