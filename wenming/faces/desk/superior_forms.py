"""上级表格: the superior's own xlsx, mapped once and filled every week from the ledger (导出即报送)."""

import io
import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wenming.common import clock
from wenming.common.errors import DomainError, NotAllowed
from wenming.faces.desk import access, links, paging
from wenming.faces.desk.document_new_form import towns_of
from wenming.faces.desk.list_export import XLSX
from wenming.faces.desk.superior_form_fields import FileForm, NewForm
from wenming.faces.kit.forms import refuse
from wenming.faces.kit.once import key_of, once
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.audit import queries as history
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ledger import periods
from wenming.outcomes.forms import actions as deeds
from wenming.outcomes.forms import filling, mapping, queries, rules, workbook
from wenming.outcomes.forms.models import FilledForm, SuperiorForm
from wenming.records.cases.models import Case

MAY = (P.DOCUMENT_DRAFT, P.DOCUMENT_CHECK, P.DOCUMENT_SIGN)


def visible(person: Person, key: uuid.UUID) -> SuperiorForm:
    """The form, or 404."""
    form = queries.form(person, key)
    if form is None:
        raise Http404
    return form


def kept(person: Person, key: uuid.UUID) -> SuperiorForm:
    """The form for one who may map and fill it; 403 for whoever only sees it."""
    form = visible(person, key)
    if not rules.may_keep(person, form.town):
        raise PermissionDenied
    return form


@require_GET
@access.needs(*MAY)
def form_list(request: StaffRequest) -> HttpResponse:
    """All forms the person may see; those in use first."""
    page = paging.page(request, queries.rows(request.user), 20)
    context = {"page": page, "may_add": bool(towns_of(request.user))}
    return render(request, "desk/forms/list.html", context)


@require_http_methods(["GET", "POST"])
@access.needs(P.DOCUMENT_DRAFT)
@once
def new(request: StaffRequest) -> HttpResponse:
    """Upload a form; the mapping page comes next."""
    form = NewForm(request.POST or None, request.FILES or None, person=request.user)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = deeds.add(
                key=key_of(request) or uuid.uuid4(), town=form.towns[data["town"]], name=data["name"], sender=data["sender"],
                period_kind=data["period_kind"], data=bytes(data["file"].read()), file_name=data["file"].name,
                by=request.user, at=clock.now(),
            )  # fmt: skip
        except NotAllowed:
            raise
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(
                request, "表格已收下。请点表上的格子，说明每一格填什么；对一次，以后每期一键填好。"
            )
            return links.see_other("desk:form-map", made.uuid)
    context = {"form": form, "key": request.POST.get("key", "")}
    return render(request, "desk/forms/new.html", context, status=422 if request.method == "POST" else 200)


@require_GET
def detail(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """One form: fill it, what was filled, its versions."""
    return _detail(request, visible(request.user, key), FileForm())


def _detail(request: StaffRequest, form: SuperiorForm, upload: FileForm, status: int = 200) -> HttpResponse:
    now = clock.now()
    offered = filling.latest(form.period_kind, now)
    ended = next((one for one in offered if one.end < clock.local_date(now)), offered[0])
    filled = FilledForm.objects.filter(version__form=form).select_related("version", "filled_by")
    current = form.current
    context = {
        "one": form, "current": current, "said": queries.described(mapping.read(current.mapping), now),
        "periods": offered, "usual": ended.key, "page": paging.page(request, filled, 20),
        "versions": form.versions.select_related("made_by").order_by("-number"),
        "may_keep": rules.may_keep(request.user, form.town), "may_fill": rules.may_fill(request.user, form),
        "upload": upload, "history": list(history.of(form.uuid)),
    }  # fmt: skip
    return render(request, "desk/forms/detail.html", context, status=status)


@require_POST
@once
def fill(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """Make the filled file of the chosen period."""
    form = kept(request.user, key)
    try:
        filled = deeds.fill(
            key=key_of(request) or uuid.uuid4(), form=form, period=periods.parse(request.POST.get("period", "")),
            by=request.user, at=clock.now(),
        )  # fmt: skip
    except NotAllowed:
        raise
    except DomainError as error:
        messages.error(request, error.message)
        return _detail(request, form, FileForm(), status=422)
    messages.success(request, "已按一本账填好并留存；核对下面的数字后下载报送。")
    return links.see_other("desk:filled-form", filled.uuid)


@require_POST
@once
def replace(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """The superior's new edition of the form."""
    form = kept(request.user, key)
    upload = FileForm(request.POST, request.FILES)
    if upload.is_valid():
        file = upload.cleaned_data["file"]
        try:
            deeds.replace_file(
                form=form, data=bytes(file.read()), file_name=file.name, by=request.user, at=clock.now()
            )
        except NotAllowed:
            raise
        except DomainError as error:
            refuse(upload, error)
        else:
            messages.success(request, "已换用新表样，原来的对应带了过来；请核对位置有没有变。")
            return links.see_other("desk:form-map", form.uuid)
    return _detail(request, form, upload, status=422)


@require_POST
@once
def retire(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """停用."""
    form = kept(request.user, key)
    deeds.retire(form=form, by=request.user, at=clock.now())
    messages.success(request, f"《{form.name}》已停用；填过的表仍可查看、下载。")
    return links.see_other("desk:form-detail", form.uuid)


@require_GET
def sample(request: StaffRequest, key: uuid.UUID) -> FileResponse:
    """The form as the superior sent it."""
    version = visible(request.user, key).current
    return _download(deeds.content(version), version.file_name)


def _filled(person: Person, key: uuid.UUID) -> FilledForm:
    found = queries.filled(person, key)
    if found is None:
        raise Http404
    return found


@require_GET
def filled_page(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """A filled file: as a table, and every number beneath with the way to its entries and vouchers."""
    one = _filled(request.user, key)
    book = workbook.load(deeds.file_of(one))
    keys = {case for kept_list in one.content["lists"] for case in kept_list["cases"]}
    cases = {str(case.uuid): case for case in Case.objects.visible_to(request.user).filter(uuid__in=keys)}
    lists = [
        {**kept_list, "found": [cases[case] for case in kept_list["cases"] if case in cases]}
        for kept_list in one.content["lists"]
    ]
    context = {
        "one": one, "form": one.version.form, "standing": queries.standing(one, at=clock.now()), "lists": lists,
        "tables": [workbook.table(sheet) for sheet in book.worksheets],
    }  # fmt: skip
    return render(request, "desk/forms/filled.html", context)


@require_GET
@never_cache
def filled_file(request: StaffRequest, key: uuid.UUID) -> FileResponse:
    """The file, byte for byte as it was kept."""
    one = _filled(request.user, key)
    return _download(deeds.file_of(one), one.name)


def _download(data: bytes, name: str) -> FileResponse:
    return FileResponse(io.BytesIO(data), as_attachment=True, filename=name, content_type=XLSX)
