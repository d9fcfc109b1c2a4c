"""数据包: sending and receiving what travels on a memory stick, for offices whose machines share no network."""

import uuid
from tempfile import TemporaryFile
from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.faces.desk import forms as parts
from wenming.faces.desk import links, paging
from wenming.faces.desk.access import needs
from wenming.faces.kit.forms import refuse
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.evidence.models import Photo
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units.models import Unit
from wenming.records.journals.models import SuperiorList
from wenming.records.parcels import models, receiving, sending
from wenming.records.parcels.models import Parcel

LARGEST = 300 << 20
SUFFIX = ".wmparcel"
_WORD = "至少 8 个字符，与对方电话约定；系统不保存。"


class SendForm(parts.DeskForm):
    town = parts.choice("镇", [])
    kind = parts.choice("发什么", [])
    since = parts.day("从哪天发现的问题起", required=False, help_text="不填是近 90 天；「整改回复」不用填。")
    word = parts.text("封包口令", longest=60, help_text=_WORD)

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.towns = {str(town.uuid): town for town in towns_of(person)}
        self.fields["town"].choices = [(key, town.name) for key, town in self.towns.items()]  # type: ignore[attr-defined]
        kinds = kinds_of(person, list(self.towns.values()))
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]


class ReceiveForm(parts.DeskForm):
    file = forms.FileField(
        label="数据包", allow_empty_file=True, help_text="对方封好的文件，最多 300 MB。",
        widget=forms.ClearableFileInput(attrs={"accept": SUFFIX, "class": "form-control"}),
        error_messages={"required": "请选择数据包。"},
    )  # fmt: skip
    word = parts.text("封包口令", longest=60, help_text="向对方电话问。")


def towns_of(person: Person) -> list[Unit]:
    """Towns whose parcels the person sends or receives."""
    paths = [*person.paths(P.CASE_REGISTER), *person.paths(P.CASE_SUPERVISE)]
    found = Unit.objects.in_force().in_paths(paths).filter(kind="town").select_related("parent")
    return list(found.order_by("path"))


def kinds_of(person: Person, towns: list[Unit]) -> list[tuple[str, str]]:
    """What the person may send: problems from the county, answers and its own problems from a town."""
    above = any(town.parent is not None and person.may(P.CASE_SUPERVISE, town.parent) for town in towns)
    return models.KINDS[:1] if above else models.KINDS[1:]


@require_GET
@needs(P.CASE_REGISTER, P.CASE_SUPERVISE)
def parcel_list(request: StaffRequest) -> HttpResponse:
    return _page(request, SendForm(person=request.user, initial=_first(request.user)), ReceiveForm())


@require_POST
@needs(P.CASE_REGISTER, P.CASE_SUPERVISE)
def send(request: StaffRequest) -> HttpResponseBase:
    """The parcel as a download; nothing of it is kept but the row that tells it was made."""
    form = SendForm(request.POST, person=request.user)
    if not form.is_valid():
        return _page(request, form, ReceiveForm(), status=422)
    data = form.cleaned_data
    out = TemporaryFile()  # noqa: SIM115 -- the response closes it
    common: dict[str, Any] = {
        "town": form.towns[data["town"]], "by": request.user, "at": clock.now(), "word": data["word"], "out": out,
    }  # fmt: skip
    try:
        if data["kind"] == models.ANSWERS:
            made = sending.send_answers(**common)
        else:
            day = data.get("since")
            since = clock.at_local(day, 0) if day else None
            sender = sending.send_records if data["kind"] == models.RECORDS else sending.send_problems
            made = sender(**common, since=since)
    except DomainError as error:
        out.close()
        refuse(form, error)
        return _page(request, form, ReceiveForm(), status=422)
    out.seek(0)
    name = f"{made.get_kind_display()}-{made.town.name}-{clock.local(made.at):%Y%m%d-%H%M}{SUFFIX}"
    return FileResponse(out, as_attachment=True, filename=name, content_type="application/zip")


@require_POST
@needs(P.CASE_REGISTER, P.CASE_SUPERVISE)
def receive(request: StaffRequest) -> HttpResponse:
    form = ReceiveForm(request.POST, request.FILES)
    sender = SendForm(person=request.user, initial=_first(request.user))
    if not form.is_valid():
        return _page(request, sender, form, status=422)
    file = form.cleaned_data["file"]
    try:
        if file.size > LARGEST:
            raise DomainError(
                "parcel_large", "数据包超过 300 MB，请管理员用命令行收：wenming parcel in。", field="file"
            )
        done = receiving.receive(file=file, word=form.cleaned_data["word"], by=request.user, at=clock.now())
    except DomainError as error:
        refuse(form, error)
        return _page(request, sender, form, status=422)
    messages.success(request, f"已收{done.parcel.other_name}的{done.parcel.get_kind_display()}：{done}。")
    return links.see_other("desk:parcel", done.parcel.uuid)


@require_GET
@needs(P.CASE_REGISTER, P.CASE_SUPERVISE)
def parcel(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """One parcel: what was not taken in, and what it brought."""
    rows = Parcel.objects.visible_to(request.user).select_related("town", "by").filter(uuid=key)
    # Only where county and town share a machine does a parcel have both rows.
    row = rows.order_by("direction").first()
    if row is None:
        raise Http404
    answers = list(row.answers.select_related("case__unit", "case__place"))
    shown: dict[uuid.UUID, list[Photo]] = {}
    records = paging.page(request, row.records.all(), 50)
    pictures = Photo.objects.filter(
        subject_kind=sending.SUBJECT, subject_uuid__in=[one.uuid for one in (*answers, *records.object_list)]
    )
    for photo in pictures.order_by("order", "pk"):
        shown.setdefault(photo.subject_uuid, []).append(photo)  # type: ignore[arg-type]
    context = {
        "row": row, "answers": [(one, shown.get(one.uuid, [])) for one in answers],
        "records": [(one, shown.get(one.uuid, [])) for one in records.object_list], "page": records,
        "listed": SuperiorList.objects.filter(uuid=row.uuid, town=row.town).first(),
    }  # fmt: skip
    return render(request, "desk/parcels/detail.html", context)


def _first(person: Person) -> dict[str, str]:
    """With one town or one kind there is nothing to choose."""
    towns = towns_of(person)
    kinds = kinds_of(person, towns)
    return {"town": str(towns[0].uuid) if len(towns) == 1 else "", "kind": kinds[0][0]}


def _page(request: StaffRequest, sender: SendForm, receiver: ReceiveForm, status: int = 200) -> HttpResponse:
    rows = Parcel.objects.visible_to(request.user).select_related("town", "by")
    context = {"send": sender, "receive": receiver, "page": paging.page(request, rows, 20)}
    return render(request, "desk/parcels/list.html", context, status=status)
