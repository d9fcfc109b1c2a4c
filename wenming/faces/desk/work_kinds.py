"""台账类目: what kinds there are and what each counts; a new kind is made in one form, without a programmer."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms.boundfield import BoundField
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.faces.desk import forms as parts
from wenming.faces.desk import links
from wenming.faces.desk.access import needs
from wenming.faces.desk.work_home import READERS
from wenming.faces.kit.forms import refuse
from wenming.faces.kit.once import once
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.models import Person
from wenming.ground.units.models import Unit
from wenming.ledger.accounts import CODED
from wenming.ledger.models import STOCK, Account
from wenming.records.journals import actions as journals
from wenming.records.journals import queries, reading, rules, states
from wenming.records.journals.actions.kinds import Item, Plan, is_simple, plan_of
from wenming.records.journals.kinds import Kind
from wenming.records.journals.models import OwnPack

ROWS = range(1, 13)
_SPLIT = "、,，;；\n"


class KindForm(parts.DeskForm):
    """One row for each thing that is asked for; empty rows are passed over."""

    name = parts.text("类目名称", longest=30, help_text="例如「禁烟劝导」。")
    group = parts.text("分组", longest=20, help_text="选一个已有的，或填新的。")
    each = parts.text(
        "每记一条算 1", required=False, longest=10, help_text="填单位，如 次、场、起；不按条数就不填。"
    )
    by = forms.MultipleChoiceField(
        label="谁来填", choices=states.GROUPS, widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选一类填报人。"},
    )  # fmt: skip
    photos = forms.ChoiceField(label="照片", choices=states.PHOTOS)
    late_days = forms.IntegerField(label="几天后算补录", min_value=0, max_value=366)
    decisions = forms.BooleanField(label="有议定事项（会议类）", required=False)
    hint = parts.text("填报说明", required=False, rows=2, longest=200)

    def __init__(self, *args: Any, unit: Unit, kind: Kind | None, groups: list[str], **kwargs: Any) -> None:
        self.kind, self.groups = kind, groups
        super().__init__(*args, initial=_initial(kind), **kwargs)
        self.fields["group"].widget.attrs["list"] = "groups"
        accounts = [("", "新设科目"), *_accounts(unit)]
        for n in ROWS:
            row: dict[str, forms.Field] = {
                "name": parts.text(f"第 {n} 项名称", required=False, longest=30),
                "kind": forms.ChoiceField(
                    label=f"第 {n} 项类型", choices=[("", "—"), *states.FIELD_KINDS], required=False
                ),
                "measure": parts.text(f"第 {n} 项计量单位", required=False, longest=10),
                "options": parts.text(f"第 {n} 项选项", required=False, longest=300),
                "needed": parts.text(f"第 {n} 项必填用于", required=False, longest=60),
                "account": forms.ChoiceField(label=f"第 {n} 项记到", choices=accounts, required=False),
                "code": forms.CharField(required=False, max_length=30, widget=forms.HiddenInput),
            }
            for part, field in row.items():
                parts.dress(field)
                self.fields[f"{part}_{n}"] = field

    @property
    def rows(self) -> list[list[BoundField]]:
        """The rows that are shown: those in use, and one more to fill in."""
        return [self._row(n) for n in ROWS if n <= self._shown]

    @property
    def more(self) -> list[list[BoundField]]:
        """Rows in a fold, for kinds with many things to fill in."""
        return [self._row(n) for n in ROWS if n > self._shown]

    @property
    def _shown(self) -> int:
        used = [n for n in ROWS if self[f"name_{n}"].value() or self[f"kind_{n}"].value()]
        return max([3, *(n + 1 for n in used)])

    def _row(self, n: int) -> list[BoundField]:
        names = ("name", "kind", "measure", "options", "needed", "account", "code")
        return [self[f"{part}_{n}"] for part in names]

    def plan(self) -> Plan:
        data = self.cleaned_data
        return Plan(
            name=data["name"], group=data["group"], items=tuple(self._items()), each=data["each"],
            by=tuple(data["by"]), hint=data["hint"], photos=data["photos"], decisions=data["decisions"],
            late_days=data["late_days"],
        )  # fmt: skip

    def _items(self) -> list[Item]:
        found = []
        for n in ROWS:
            said = {
                part: self.cleaned_data[f"{part}_{n}"]
                for part in ("name", "kind", "measure", "options", "needed", "account", "code")
            }
            if not said["name"].strip() and not said["kind"]:
                continue
            options = said["options"]
            for mark in _SPLIT[1:]:
                options = options.replace(mark, _SPLIT[0])
            counted = said["kind"] in states.COUNTABLE
            found.append(
                Item(
                    name=said["name"], kind=said["kind"], measure=said["measure"], options=tuple(options.split(_SPLIT[0])),
                    needed_by=said["needed"], account=said["account"] if counted else "", code=said["code"],
                )
            )  # fmt: skip
        return found


def _initial(kind: Kind | None) -> dict[str, Any]:
    if kind is None:
        return {
            "by": [states.OFFICE, states.RESIDENTIAL],
            "photos": states.OPTIONAL,
            "late_days": reading.LATE_DAYS,
            "each": "次",
        }
    plan = plan_of(kind)
    start: dict[str, Any] = {
        "name": plan.name, "group": plan.group, "each": plan.each, "by": list(plan.by), "photos": plan.photos,
        "late_days": plan.late_days, "decisions": plan.decisions, "hint": plan.hint,
    }  # fmt: skip
    for n, item in zip(ROWS, plan.items, strict=False):
        start |= {
            f"name_{n}": item.name, f"kind_{n}": item.kind, f"measure_{n}": item.measure,
            f"options_{n}": "、".join(item.options), f"needed_{n}": item.needed_by, f"account_{n}": item.account,
            f"code_{n}": item.code,
        }  # fmt: skip
    return start


def _accounts(unit: Unit) -> list[tuple[str, list[tuple[str, str]]]]:
    """Accounts that a form may count on, by group. One that only the software posts to is not offered."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for row in Account.objects.known_to(unit).exclude(code__in=CODED).exclude(nature=STOCK):
        groups.setdefault(row.group, []).append((row.code, f"{row.name}（{row.measure}）"))
    return list(groups.items())


@require_GET
@needs(*READERS)
def kind_list(request: StaffRequest) -> HttpResponse:
    """All kinds in use, those of one's own first, with what each counts."""
    person, today = request.user, clock.local_date(clock.now())
    town = _town(person)
    kinds = list(queries.kinds(town, today).values())
    accounts = {
        row.code: row
        for row in Account.objects.filter(code__in={code for kind in kinds for code in kind.accounts})
    }
    mine = {unit.pk: unit for unit in rules.definable(person)}
    counts = {kind.code: [accounts[code] for code in kind.accounts if code in accounts] for kind in kinds}
    own = [
        {
            "kind": kind,
            "counts": counts[kind.code],
            "may_change": kind.owner in mine,
            "simple": is_simple(kind),
        }
        for kind in kinds
        if kind.owner
    ]
    packs = OwnPack.objects.filter(unit__in=list(mine)).select_related("pack", "unit").order_by("-pk")[:20]
    context = {
        "own": own, "shipped": queries.grouped(kind for kind in kinds if not kind.owner), "counts": counts, "packs": packs, "may_define": bool(mine),
        "field_kinds": dict(states.FIELD_KINDS), "groups": dict(states.GROUPS),
    }  # fmt: skip
    return render(request, "desk/work/kinds.html", context)


@require_http_methods(["GET", "POST"])
@once
def define(request: StaffRequest, code: str = "") -> HttpResponse:
    """新设 (or 修改 one of one's own): after saving it can be entered at once."""
    person, today = request.user, clock.local_date(clock.now())
    units = rules.definable(person)
    if not units:
        raise PermissionDenied
    unit, kind = units[0], None
    if code:
        unit, kind = _own(person, code)
        if not is_simple(kind):
            raise Http404
    groups = [group for group, _ in queries.grouped(queries.kinds(unit, today).values())]
    form = KindForm(request.POST if request.method == "POST" else None, unit=unit, kind=kind, groups=groups)
    if request.method == "POST" and form.is_valid():
        try:
            made = journals.kinds.define(unit=unit, plan=form.plan(), by=person, at=clock.now(), code=code)
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(
                request, f"「{made.name}」{'已修改' if code else '已设立'}，现在就可以填报、取数、导出。"
            )
            return links.see_other("desk:kind-list")
    context = {"form": form, "kind": kind, "unit": unit, "key": request.POST.get("key", "")}
    return render(request, "desk/work/kind.html", context, status=422 if form.errors else 200)


@require_POST
@once
def retire(request: StaffRequest, code: str) -> HttpResponse:
    """停用 one of one's own kinds."""
    unit, kind = _own(request.user, code)
    journals.kinds.retire(unit=unit, code=code, by=request.user, at=clock.now())
    messages.success(request, f"「{kind.name}」已停用；以前的记录和数都在。")
    return links.see_other("desk:kind-list")


@require_GET
def pack_file(request: StaffRequest, pk: int) -> HttpResponse:
    """One version of one's own pack as YAML."""
    own = get_object_or_404(
        OwnPack.objects.select_related("pack"), pk=pk, unit__in=rules.definable(request.user)
    )
    response = HttpResponse(own.text, content_type="application/yaml; charset=utf-8")
    name = f"{own.pack.code}-{own.pack.version}.yaml"
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _own(person: Person, code: str) -> tuple[Unit, Kind]:
    """A kind of one's own town or county; 404 for any other."""
    today = clock.local_date(clock.now())
    for unit in rules.definable(person):
        kind = queries.kinds(unit, today).get(code)
        if kind is not None and kind.owner == unit.pk:
            return unit, kind
    raise Http404


def _town(person: Person) -> Unit | None:
    books = rules.books(person)
    return books[0] if books else person.town
