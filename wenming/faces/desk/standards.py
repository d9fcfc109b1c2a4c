"""标准与规则: packs with version and digest, categories, point types with check items, the ladder; loading packs."""

import re
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from wenming.common import clock, packs
from wenming.common.errors import DomainError
from wenming.faces.desk import forms as parts
from wenming.faces.desk import ground_forms, links
from wenming.faces.desk.access import needs
from wenming.faces.kit.once import once
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.permissions import P
from wenming.ground.standards import queries
from wenming.ground.standards.models import EventCategory, PackVersion
from wenming.ground.standards.states import UNITS
from wenming.outcomes import packs as loading
from wenming.records.cases import settings as escalation

READERS = (P.STANDARDS_EDIT, P.PLACES_EDIT)
PACK_KINDS = {
    "departments": "责任部门", "event_categories": "问题类别", "point_types": "点位类型", "accounts": "科目",
    "metrics": "指标", "escalation": "督办阶梯", "document": "公文模板", "journals": "台账类目",
}  # fmt: skip
MANY = {"document", "journals"}
WHEN = {"unsigned": "超时未签收", "returned": "退单未裁定", "overdue": "超期", "suspended": "挂账"}
TELL = {
    "unit": "承办单位",
    "secretary": "社区（村）书记",
    "office": "镇创城办",
    "leader": "镇主要领导",
    "county": "县创城办",
}


class PackForm(parts.DeskForm):
    file = forms.FileField(
        label="规则包（.yaml）", help_text="版本号没变而内容变了的不收：过去的期间要按当时的版本解释。"
    )


@require_GET
@needs(*READERS)
def overview(request: StaffRequest) -> HttpResponse:
    """All packs ever loaded, and which of them is in force."""
    today = clock.local_date(clock.now())
    versions = queries.pack_versions()
    rows = [
        {
            "pack": pack,
            "kind": PACK_KINDS.get(pack.kind, pack.kind),
            "current": pack.pk == _current(pack, versions, today),
        }
        for pack in versions
    ]
    context = {"rows": rows, "tab": "packs", "may_load": request.user.may(P.STANDARDS_EDIT)}
    return render(request, "desk/standards/packs.html", context)


def _current(pack: PackVersion, versions: list[PackVersion], today: date) -> int | None:
    """Key of the version in force beside `pack`. Of documents every kind has a pack of its own."""
    if pack.kind in MANY:
        live = [
            each.pk
            for each in versions
            if (each.kind, each.code) == (pack.kind, pack.code) and each.in_force <= today
        ]
        return live[0] if live else None
    current = queries.current_pack(pack.kind, today)
    return current.pk if current else None


@require_GET
@needs(*READERS)
def categories(request: StaffRequest) -> HttpResponse:
    """Event categories in force, searched by code, old code, name, alias or what people call it."""
    today = clock.local_date(clock.now())
    said = request.GET.get("q", "").strip()
    rows = [row for row in queries.categories(today) if _answers(row, said)]
    likely = [] if rows or not said else [row for row, _word in queries.suggest(said, on=today, limit=5)]
    context = {
        "q": said, "rows": rows, "likely": likely, "tab": "categories", "departments": queries.departments(today),
        "pack": queries.current_pack("event_categories", today),
    }  # fmt: skip
    return render(request, "desk/standards/categories.html", context)


def _answers(row: EventCategory, said: str) -> bool:
    if not said:
        return True
    words = [row.name, row.class_name, *row.aliases, *row.words]
    return row.code.startswith(said) or row.legacy_code == said or any(said in word for word in words)


def _or_404[Row](read: Callable[[str, date], Row], code: str, today: date) -> Row:
    """A row by its code; an address with an unknown code is not there."""
    try:
        return read(code, today)
    except DomainError:
        raise Http404 from None


@require_GET
@needs(*READERS)
def category_detail(request: StaffRequest, code: str) -> HttpResponse:
    """One category: deadlines, conditions, who, words, and when it must not be registered."""
    today = clock.local_date(clock.now())
    row = _or_404(queries.category, code, today)
    context = {
        "row": row, "tab": "categories", "department": queries.departments(today).get(row.dept),
        "exemptions": queries.exemptions_for(code, today), "units": UNITS,
    }  # fmt: skip
    return render(request, "desk/standards/category.html", context)


@require_GET
@needs(*READERS)
def point_types(request: StaffRequest) -> HttpResponse:
    """Point types in force by group, with the number of check items."""
    today = clock.local_date(clock.now())
    rows = [{"type": row, "items": len(queries.check_items(row))} for row in queries.point_types(today)]
    context = {"rows": rows, "tab": "points", "pack": queries.current_pack("point_types", today)}
    return render(request, "desk/standards/points.html", context)


@require_GET
@needs(*READERS)
def point_type_detail(request: StaffRequest, code: str) -> HttpResponse:
    """One point type with its check list."""
    today = clock.local_date(clock.now())
    row = _or_404(queries.point_type, code, today)
    context = {
        "row": row,
        "items": queries.check_items(row),
        "departments": queries.departments(today),
        "tab": "points",
    }
    return render(request, "desk/standards/point.html", context)


@require_GET
@needs(*READERS)
def ladder(request: StaffRequest) -> HttpResponse:
    """The rules of supervision: 两次即督办, revisits, and the ladder."""
    rules = escalation.current(clock.local_date(clock.now()))
    rungs = [
        {"rung": rung, "when": WHEN[rung.when], "after": rung.after.text if rung.after else "立即",
         "tell": "、".join(TELL[who] for who in rung.tell)}
        for rung in rules.ladder
    ]  # fmt: skip
    return render(request, "desk/standards/ladder.html", {"rules": rules, "rungs": rungs, "tab": "ladder"})


@require_http_methods(["GET", "POST"])
@needs(P.STANDARDS_EDIT)
@once
def load(request: StaffRequest) -> HttpResponse:
    """Load a pack from a file; every complaint names file and line."""
    form = PackForm(request.POST or None, request.FILES or None) if request.method == "POST" else PackForm()

    def deed(data: dict[str, Any]) -> str:
        title, new = _load(request, data["file"])
        return f"已装入《{title}》。" if new else f"《{title}》已经装过，内容相同，没有变化。"

    back = links.to("desk:standards")
    return ground_forms.run(request, form, deed, back) or ground_forms.page(
        request, form, title="装入规则包", submit="检查并装入", back=back,
        hint="先整份检查，有一处不对就一条也不装，并指出第几行。装入后按包里写的施行日期生效，旧版保留。",
    )  # fmt: skip


def _load(request: StaffRequest, upload: Any) -> tuple[str, bool]:
    """Put the upload into a folder of its own under its own name, so that complaints name the clerk's file."""
    if upload.size > packs.LARGEST:
        raise DomainError("pack_large", "文件超过 5 MB，不像是规则包，请核对选的文件。", field="file")
    name = re.sub(r"[^\w.()（）-]+", "_", Path(upload.name or "pack.yaml").name)[-80:]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(upload.read())
        return loading.load_one(path=path, at=clock.now(), by=request.user, label=name)
