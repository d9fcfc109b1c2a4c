"""单位: the tree with codes and validity; add, change, dissolve or merge; export."""

import uuid
from typing import Any

from django import forms
from django.db.models import Q
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_http_methods

from wenming.common import clock
from wenming.common.errors import NotAllowed
from wenming.faces.desk import access, ground_forms, links, list_export, paging
from wenming.faces.desk import forms as parts
from wenming.faces.desk.access import needs
from wenming.faces.kit.forms import offer
from wenming.faces.kit.once import once
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people import rules
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.places.models import Place
from wenming.ground.standards import queries as standards
from wenming.ground.units import actions, states
from wenming.ground.units.models import Unit, UnitQuerySet


class FilterForm(parts.DeskForm):
    q = forms.CharField(label="名称、编码", required=False, max_length=40)
    kind = forms.ChoiceField(label="类别", choices=[("", "不限"), *states.KINDS], required=False)
    off = forms.ChoiceField(
        label="状态", choices=[("", "在用"), ("all", "含已停用"), ("off", "只看已停用")], required=False
    )

    def apply(self, found: UnitQuerySet) -> UnitQuerySet:
        """Narrow the units; a field with an error narrows nothing."""
        self.is_valid()
        data = self.cleaned_data
        if data.get("q"):
            said = data["q"].strip()
            found = found.filter(
                Q(name__icontains=said) | Q(short_name__icontains=said) | Q(code__startswith=said)
            )
        if data.get("kind"):
            found = found.filter(kind=data["kind"])
        if data.get("off") == "off":
            return found.filter(valid_to__isnull=False)
        return found if data.get("off") == "all" else found.filter(valid_to__isnull=True)


class ChangeForm(parts.DeskForm):
    """What may be changed of a unit that exists."""

    name = parts.text("名称", longest=60)
    short_name = parts.text("简称", required=False, longest=30, help_text="列表里显示，可不填。")
    dept = forms.ChoiceField(label="职能", required=False, help_text="问题按类别自动找到责任部门时用。")
    population = forms.IntegerField(label="常住人口", required=False, min_value=0, max_value=10_000_000)
    partner_of = forms.ChoiceField(label="挂钩社区（共建单位填）", required=False)

    def __init__(self, *args: Any, own: list[Unit], **kwargs: Any) -> None:
        self.own = own
        super().__init__(*args, **kwargs)
        depts = standards.departments(clock.local_date(clock.now()))
        offer(self, "dept", [("", "无"), *((code, row.name) for code, row in depts.items())])
        live = [unit for unit in own if unit.kind in states.RESIDENTIAL and unit.valid_to is None]
        offer(self, "partner_of", [("", "无"), *parts.grouped(live)])

    def clean_partner_of(self) -> Unit | None:
        said = self.cleaned_data["partner_of"]
        return access.pick(self.own, said) if said else None


class AddForm(ChangeForm):
    kind = forms.ChoiceField(label="类别", choices=[("", "请选择"), *states.KINDS])
    code = parts.text(
        "编码",
        longest=20,
        help_text="县 6 位、镇 9 位、社区和村 12 位、网格 15 位区划代码；部门、站所等自编短码。",
    )
    parent = forms.ChoiceField(label="上级单位")
    valid_from = parts.day("启用日期")
    credit_code = parts.text("统一社会信用代码", required=False, longest=18)
    field_order = [
        "kind",
        "parent",
        "name",
        "code",
        "valid_from",
        "short_name",
        "dept",
        "population",
        "partner_of",
        "credit_code",
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        live = [unit for unit in self.own if unit.valid_to is None and states.BELOW[unit.kind]]
        offer(self, "parent", [("", "请选择"), *parts.grouped(live)])

    def clean_parent(self) -> Unit:
        return access.pick(self.own, self.cleaned_data["parent"])


class DissolveForm(parts.DeskForm):
    on = parts.day("停用日期")
    successor = forms.ChoiceField(
        label="并入",
        required=False,
        help_text="撤并的选并入哪个单位；只是停用的不选。历史和账目都保留在原单位名下。",
    )

    def __init__(self, *args: Any, unit: Unit, own: list[Unit], **kwargs: Any) -> None:
        self.own = own
        super().__init__(*args, **kwargs)
        heirs = [
            each for each in own if each.kind == unit.kind and each.valid_to is None and each.pk != unit.pk
        ]
        options = [(str(each.uuid), each.label) for each in heirs]
        offer(self, "successor", [("", "不并入，只停用"), *options])

    def clean_successor(self) -> Unit | None:
        said = self.cleaned_data["successor"]
        return access.pick(self.own, said) if said else None


def _own(person: Person) -> UnitQuerySet:
    return Unit.objects.in_paths(person.paths(P.UNITS_EDIT))


def _filtered(request: StaffRequest) -> tuple[FilterForm, UnitQuerySet]:
    form = FilterForm(request.GET)
    found = (
        form.apply(_own(request.user)).select_related("parent", "partner_of", "successor").order_by("path")
    )
    return form, found


@require_GET
@needs(P.UNITS_EDIT)
def unit_list(request: StaffRequest) -> HttpResponse:
    """The tree of units in the person's scope."""
    form, found = _filtered(request)
    page = paging.page(request, found, 100)
    top = min((unit.depth for unit in page.object_list), default=0)
    context = {
        "form": form, "page": page, "top": top, "departments": standards.departments(clock.local_date(clock.now())),
        "rows": [(unit, min(unit.depth - top, 4)) for unit in page.object_list], "query": request.GET.urlencode(),
        "import_url": links.to("desk:import", "units"),
    }  # fmt: skip
    return render(request, "desk/units/list.html", context)


@require_GET
@needs(P.UNITS_EDIT)
def unit_file(request: StaffRequest) -> FileResponse:
    """The filtered units as xlsx."""
    form, found = _filtered(request)
    now = clock.now()
    named = {row.code: row.name for row in standards.departments(clock.local_date(now)).values()}
    headings = [
        "编码",
        "名称",
        "简称",
        "类别",
        "上级",
        "职能",
        "常住人口",
        "挂钩社区",
        "启用日期",
        "停用日期",
        "并入",
    ]
    rows = (
        [unit.code, unit.name, unit.short_name, unit.get_kind_display(), unit.parent.name if unit.parent else "", named.get(unit.dept, unit.dept),
         unit.population, str(unit.partner_of or ""), unit.valid_from, unit.valid_to, str(unit.successor or "")]
        for unit in found
    )  # fmt: skip
    home = request.user.home_unit
    return list_export.sheet(
        file="单位名册",
        title="单位名册",
        headings=headings,
        rows=rows,
        at=now,
        unit=home.name if home else "",
        filters=list_export.filter_said(form) or "全部",
    )


@require_GET
@needs(P.UNITS_EDIT)
def unit_detail(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """One unit: facts, people with posts, what lies below."""
    rows = _own(request.user).select_related("parent", "partner_of", "successor", "town")
    unit = get_object_or_404(rows, uuid=key)
    today = clock.local_date(clock.now())
    posts = unit.posts.select_related("person").filter(Q(to_date__isnull=True) | Q(to_date__gte=today))
    context = {
        "unit": unit, "posts": posts.order_by("deputy", "id"), "department": standards.departments(today).get(unit.dept),
        "children": unit.children.filter(valid_to__isnull=True).order_by("path"), "partners": unit.partners.all(),
        "places": Place.objects.in_force().filter(unit=unit).count(), "may_people": request.user.may(P.PEOPLE_EDIT, unit),
        "why_not_dissolve": rules.why_not_dissolve(request.user, unit),
    }  # fmt: skip
    return render(request, "desk/units/detail.html", context)


@require_http_methods(["GET", "POST"])
@needs(P.UNITS_EDIT)
@once
def unit_add(request: StaffRequest) -> HttpResponse:
    """Add a unit below one of the person's own."""
    now = clock.now()
    own = access.units(request.user, P.UNITS_EDIT)
    initial = {"valid_from": clock.local_date(now), "parent": request.GET.get("parent", "")}
    form = AddForm(request.POST or None, own=own, initial=initial)
    done = ground_forms.run(
        request, form, lambda data: f"已新增「{actions.create(by=request.user, at=now, **data).name}」。",
        links.to("desk:unit-list"),
    )  # fmt: skip
    hint = "类别决定它能放在哪里：县下面是镇，镇下面是社区、村、站所，社区和村下面是网格。"
    return done or ground_forms.page(
        request, form, title="新增单位", submit="保存", back=links.to("desk:unit-list"), hint=hint
    )


@require_http_methods(["GET", "POST"])
@needs(P.UNITS_EDIT)
@once
def unit_change(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """Change name, trade, population or pairing. Codes stay: a new code is a new unit."""
    unit = get_object_or_404(_own(request.user).select_related("partner_of"), uuid=key)
    own = access.units(request.user, P.UNITS_EDIT)
    initial = {name: getattr(unit, name) for name in ("name", "short_name", "dept", "population")}
    initial["partner_of"] = unit.partner_of.uuid if unit.partner_of else ""
    form = ChangeForm(request.POST or None, own=own, initial=initial)
    back = links.to("desk:unit-detail", unit.uuid)

    def deed(data: dict[str, Any]) -> str:
        actions.change(unit=unit, by=request.user, at=clock.now(), **data)
        return "已保存。"

    return ground_forms.run(request, form, deed, back) or ground_forms.page(
        request, form, title=f"修改「{unit.name}」", submit="保存", back=back,
        hint=f"编码 {unit.code} 不能改；区划代码变了的，请停用本单位、另建新单位并选「并入」。",
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@needs(P.UNITS_EDIT)
@once
def unit_dissolve(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """Dissolve a unit, or merge it into another of its kind."""
    unit = get_object_or_404(_own(request.user), uuid=key)
    refusal = rules.why_not_dissolve(request.user, unit)
    if refusal:
        raise NotAllowed("unit_not_allowed", refusal)
    now = clock.now()
    form = DissolveForm(
        request.POST or None, unit=unit, own=access.units(request.user, P.UNITS_EDIT),
        initial={"on": clock.local_date(now)},
    )  # fmt: skip
    places = Place.objects.in_force().filter(unit=unit).count()
    held = unit.posts.filter(to_date__isnull=True).count()
    left = "、".join(
        words for words, count in ((f"在任岗位 {held} 个", held), (f"在用点位 {places} 处", places)) if count
    )

    def deed(data: dict[str, Any]) -> str:
        actions.dissolve(unit=unit, by=request.user, at=now, on=data["on"], successor=data["successor"])
        return f"「{unit.name}」已停用。" + (f"它还有{left}，请到人员岗位、点位责任里调整。" if left else "")

    back = links.to("desk:unit-detail", unit.uuid)
    return ground_forms.run(request, form, deed, back) or ground_forms.page(
        request, form, title=f"停用或合并「{unit.name}」", submit="确认停用", back=back, careful=True,
        hint=f"它现在还有{left}，停用后请逐一调整。" if left else "",
    )  # fmt: skip
