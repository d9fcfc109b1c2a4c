"""人员岗位: the list, a person with his posts, the security of his account, and what every post may do.

Editing people, account security and reading accounts are three permissions of three administrators. Whether
a deed is allowed is decided in `people.rules` and nowhere here; every deed goes through `people.guarded`.
"""

import uuid
from datetime import date
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import messages
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wenming.common import clock
from wenming.faces.desk import access, ground_forms, links, paging
from wenming.faces.desk.access import needs
from wenming.faces.desk.people_forms import AddForm, CorrectForm, EndForm, FilterForm, PostForm
from wenming.faces.kit.once import once
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people import guarded, roles, rules
from wenming.ground.people.models import Person, Post
from wenming.ground.people.permissions import LABELS, P
from wenming.ground.units.models import Unit

SHOWN_ONCE = "first_password"
SECURITY_DEEDS = ("reset", "unlock", "off", "on")


def _with_posts(found: QuerySet[Person]) -> QuerySet[Person]:
    posts = Post.objects.select_related("unit", "unit__town").order_by("deputy", "id")
    return found.prefetch_related(Prefetch("posts", posts, to_attr="all_posts"))


def _filtered(form: FilterForm, found: QuerySet[Person], today: date) -> QuerySet[Person]:
    """Narrow the people; a field with an error narrows nothing."""
    form.is_valid()
    data = form.cleaned_data
    said = data.get("q", "").strip()
    if said:
        # The whole number or nothing: parts of a masked number must not be found out by trying.
        found = found.filter(Q(name__icontains=said) | Q(phone=said))
    held = Q(from_date__lte=today) & (Q(to_date__isnull=True) | Q(to_date__gte=today))
    wanted = Post.objects.filter(held)
    if data.get("unit"):
        wanted = wanted.filter(unit__path__startswith=access.pick(form.own, data["unit"]).path)
    if data.get("role"):
        wanted = wanted.filter(role=data["role"])
    if data.get("unit") or data.get("role") or data.get("state") == "on":
        found = found.filter(pk__in=wanted.values("person_id"))
    if data.get("state") == "none":
        found = found.exclude(pk__in=Post.objects.filter(held).values("person_id"))
    if data.get("state") == "off":
        found = found.filter(is_active=False)
    return found


def listed(form: FilterForm, person: Person, today: date) -> QuerySet[Person]:
    """The people of one's scope that the filter leaves, with all their posts, in the order of their names."""
    found = _filtered(form, rules.visible_to(person), today)
    return _with_posts(found).order_by("sort_key", "name", "pk")


@require_GET
@needs(*rules.READERS)
def person_list(request: StaffRequest) -> HttpResponse:
    """People of one's scope with their posts; phone numbers masked."""
    today = clock.local_date(clock.now())
    own = access.units(request.user, *rules.READERS)
    form = FilterForm(request.GET, own=own)
    page = paging.page(request, listed(form, request.user, today))
    context = {
        "form": form, "page": page, "may_edit": request.user.may(P.PEOPLE_EDIT), "import_url": links.to("desk:import", "people"),
        "rows": [(person, [post for post in person.all_posts if post.held_on(today)]) for person in page.object_list],
        "administrators": _administrators(request.user, today),
    }  # fmt: skip
    return render(request, "desk/people/list.html", context)


def _administrators(person: Person, today: date) -> list[tuple[str, list[Post]]]:
    """The holders of the three administrators' posts in one's scope: three different people."""
    units = Unit.objects.in_paths(access.paths(person, *rules.READERS))
    posts = Post.objects.filter(role__in=roles.SEPARATE, unit__in=units, person__is_active=True)
    held = [post for post in posts.select_related("person", "unit") if post.held_on(today)]
    order = ("system_admin", "security_admin", "audit_admin")
    return [(roles.ROLES[code].name, [post for post in held if post.role == code]) for code in order]


@require_GET
@needs(*rules.READERS)
def role_list(request: StaffRequest) -> HttpResponse:
    """What every post may and may not do."""
    rows = [
        {"role": role, "permissions": [LABELS[each] for each in P if each in role.permissions]}
        for role in roles.ROLES.values()
    ]
    return render(request, "desk/people/roles.html", {"rows": rows})


def _get(request: StaffRequest, key: uuid.UUID) -> Person:
    return get_object_or_404(_with_posts(rules.visible_to(request.user)), uuid=key)


@require_GET
@never_cache
@needs(*rules.READERS)
def person_detail(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """One person: posts now and before, what may be done with him, and a first password shown once."""
    by: Person = request.user
    person = _get(request, key)
    now = clock.now()
    today = clock.local_date(now)
    shown = request.session.get(SHOWN_ONCE)
    password = ""
    if shown and shown["person"] == str(person.uuid):
        password = request.session.pop(SHOWN_ONCE)["password"]
    locked = _locked(person)
    posts = [
        {"post": post, "held": post.held_on(today), "role": roles.ROLES[post.role],
         "may_end": (post.to_date is None or post.to_date > today) and rules.why_not_end(by, post) is None}
        for post in person.all_posts  # type: ignore[attr-defined]
    ]  # fmt: skip
    context = {
        "person": person, "posts": posts, "password": password, "today": today,
        "why_not_correct": rules.why_not_correct(by, person), "why_not_secure": rules.why_not_secure(by, person),
        "may_edit": by.may(P.PEOPLE_EDIT) and by.pk != person.pk, "may_secure": by.may(P.SECURITY_EDIT),
        "security_deeds": _security_deeds(person, locked=locked), "may_audit": by.may(P.AUDIT_READ), "locked": locked, "end_form": EndForm.usual(today),
    }  # fmt: skip
    return render(request, "desk/people/detail.html", context)


def _security_deeds(person: Person, *, locked: bool) -> list[tuple[str, str]]:
    found = [("reset", "重置口令")]
    if locked:
        found.append(("unlock", "解除锁定"))
    return [*found, ("off", "停用账号") if person.is_active else ("on", "启用账号")]


def _locked(person: Person) -> bool:
    """Have wrong passwords reached the limit from some address?"""
    found: bool = AccessAttempt.objects.filter(
        username=person.phone, failures_since_start__gte=settings.AXES_FAILURE_LIMIT
    ).exists()
    return found


@require_http_methods(["GET", "POST"])
@needs(P.PEOPLE_EDIT)
@once
def person_add(request: StaffRequest) -> HttpResponse:
    """Enter somebody with a first post; the first password is shown once, on the next page."""
    now = clock.now()
    own = access.units(request.user, P.PEOPLE_EDIT, grids=True)
    initial = {"from_date": clock.local_date(now), "unit": request.GET.get("unit", "")}
    form = AddForm(request.POST or None, by=request.user, own=own, initial=initial)
    made: list[Person] = []

    def deed(data: dict[str, Any]) -> str:
        person, password = guarded.enlist(by=request.user, at=now, **data)
        made.append(person)
        if not password:
            return f"{person.name} 已有账号，已为他增加岗位，口令不变。"
        request.session[SHOWN_ONCE] = {"person": str(person.uuid), "password": password}
        return f"已新增 {person.name}。"

    done = ground_forms.run(request, form, deed, lambda: links.to("desk:person-detail", made[0].uuid))
    return done or ground_forms.page(
        request, form, title="新增人员", submit="保存", back=links.to("desk:person-list")
    )


@require_http_methods(["GET", "POST"])
@needs(P.PEOPLE_EDIT)
@once
def person_correct(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """Correct name, phone or expiry."""
    person = _get(request, key)
    guarded.allow(rules.why_not_correct(request.user, person))
    initial = {"name": person.name, "phone": person.phone, "expires_on": person.expires_on}
    form = CorrectForm(request.POST or None, initial=initial)
    back = links.to("desk:person-detail", person.uuid)

    def deed(data: dict[str, Any]) -> str:
        guarded.correct(by=request.user, at=clock.now(), person=person, **data)
        return "已保存。"

    return ground_forms.run(request, form, deed, back) or ground_forms.page(
        request,
        form,
        title=f"修改「{person.name}」",
        submit="保存",
        back=back,
        hint="改了手机号，下次用新手机号登录。",
    )


@require_http_methods(["GET", "POST"])
@needs(P.PEOPLE_EDIT)
@once
def post_give(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """Give a post, also for a time as a deputy."""
    person = _get(request, key)
    now = clock.now()
    own = access.units(request.user, P.PEOPLE_EDIT, grids=True)
    form = PostForm(
        request.POST or None, by=request.user, own=own, initial={"from_date": clock.local_date(now)}
    )
    back = links.to("desk:person-detail", person.uuid)

    def deed(data: dict[str, Any]) -> str:
        data["name"] = data.pop("post_name")
        post = guarded.give_post(by=request.user, at=now, person=person, **data)
        return f"{person.name} 任「{post.unit.name}」{post.label}，自 {post.from_date}。"

    return ground_forms.run(request, form, deed, back) or ground_forms.page(
        request, form, title=f"给「{person.name}」增加岗位", submit="保存", back=back
    )


@require_POST
@needs(P.PEOPLE_EDIT)
@once
def post_end(request: StaffRequest, key: uuid.UUID, post_id: int) -> HttpResponse:
    """End a post on a day."""
    person = _get(request, key)
    post = get_object_or_404(
        Post.objects.select_related("unit", "unit__town", "person"), pk=post_id, person=person
    )
    form = EndForm(request.POST)
    back = links.to("desk:person-detail", person.uuid)

    def deed(data: dict[str, Any]) -> str:
        guarded.end_post(by=request.user, at=clock.now(), post=post, on=data["on"])
        return f"{person.name} 的「{post.label}」岗位到 {data['on']} 为止。"

    return ground_forms.run(request, form, deed, back) or ground_forms.page(
        request, form, title=f"结束「{post.label}」岗位", submit="结束岗位", back=back
    )


@require_POST
@needs(P.SECURITY_EDIT)
@once
def person_secure(request: StaffRequest, key: uuid.UUID, deed: str) -> HttpResponse:
    """The deeds of the security administrator."""
    if deed not in SECURITY_DEEDS:
        raise Http404
    person = _get(request, key)
    now = clock.now()
    if deed == "reset":
        password = guarded.reset_password(by=request.user, at=now, person=person)
        request.session[SHOWN_ONCE] = {"person": str(person.uuid), "password": password}
        said = "口令已重置，请当面或电话告知本人。"
    elif deed == "unlock":
        guarded.unlock(by=request.user, at=now, person=person)
        said = f"已解除「{person.name}」的登录锁定。"
    else:
        guarded.set_active(by=request.user, at=now, person=person, active=deed == "on")
        said = f"已{'启用' if deed == 'on' else '停用'}「{person.name}」的账号。"
    messages.success(request, said)
    return links.see_other(links.to("desk:person-detail", person.uuid))
