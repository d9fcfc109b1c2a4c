"""Who may do what to people and posts. Each rule gives the sentence of the refusal, or None when it is allowed.

The three administrators check each other (handbook appendix B): whoever edits people never touches security,
whoever is trusted with security never makes people, and nobody does either to himself.
"""

from django.db.models import Q, QuerySet

from wenming.ground.people import roles
from wenming.ground.people.models import Person, Post
from wenming.ground.people.permissions import P
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit

# How high a role stands. Nobody gives, ends or corrects what stands above himself.
RANK = {
    "grid_worker": 1, "street_chief": 1, "contractor": 1, "partner_contact": 1, "dept_contact": 1,
    "community_secretary": 2, "inspector": 2, "office_clerk": 3, "office_director": 4, "town_leader": 5,
    "discipline": 6, "county_office": 6, "county_leader": 6, "system_admin": 7, "security_admin": 7, "audit_admin": 7,
}  # fmt: skip
# Roles that act for the whole county: packs, calendar and history are the county's.
COUNTY_ROLES = {"county_office", "county_leader", "discipline", *roles.SEPARATE}
# The highest role that an administrator of a single town gives.
TOWN_TOP = RANK["town_leader"]
READERS = (P.PEOPLE_EDIT, P.SECURITY_EDIT, P.ACCOUNTS_READ)


def reading_paths(person: Person) -> list[str]:
    """Path prefixes in which the person may see the list of people."""
    return sorted({path for need in READERS for path in person.paths(need)})


def visible_to(person: Person) -> QuerySet[Person]:
    """People with a post, held or ended, in the person's scope; a county also sees who has no post at all."""
    paths = reading_paths(person)
    if not paths:
        return Person.objects.none()
    inside = Post.objects.filter(unit__in=Unit.objects.in_paths(paths)).values("person_id")
    seen = Q(pk__in=inside)
    if _holds_county(person, READERS):
        seen |= Q(posts__isnull=True)
    return Person.objects.filter(seen).distinct()


def editing_rank(person: Person) -> int:
    """The highest role the person may give: his own, for an administrator of one town that of its leader."""
    found = 0
    for post in person.posts_now():
        if P.PEOPLE_EDIT in post.permissions:
            rank = RANK[post.role]
            in_town = post.role in roles.SEPARATE and post.unit.kind != kinds.COUNTY
            found = max(found, TOWN_TOP if in_town else rank)
    return found


def why_not_give(by: Person, person: Person | None, role: str, unit: Unit) -> str | None:
    """May `by` give `person` (None: somebody not yet entered) the role at the unit?"""
    if not by.may(P.PEOPLE_EDIT, unit):
        return f"「{unit.name}」不在您的管理范围内，请联系系统管理员。"
    if person is not None and person.pk == by.pk:
        return "不能给自己增减岗位，请由另一位有权人员办理。"
    if role in COUNTY_ROLES and not _holds_county(by, (P.PEOPLE_EDIT,)):
        return f"「{_name(role)}」是县级岗位，只能由县系统管理员设置。"
    if RANK.get(role, 99) > editing_rank(by):
        return f"「{_name(role)}」高于您自己的岗位，请由系统管理员设置。"
    return None


def why_not_end(by: Person, post: Post) -> str | None:
    """May `by` end the post?"""
    return why_not_give(by, post.person, post.role, post.unit)


def why_not_correct(by: Person, person: Person) -> str | None:
    """May `by` correct name, phone number or expiry? Only where he could have given every post held now."""
    if person.pk == by.pk:
        return "不能修改自己的资料，请由另一位有权人员办理。"
    if not by.may(P.PEOPLE_EDIT):
        return "您没有维护人员的权限。"
    for post in person.posts_now():
        refusal = why_not_end(by, post)
        if refusal:
            return f"{person.name} 还任「{post.unit.name}」{post.label}：{refusal}"
    if not person.posts_now() and not _reaches(by, person, P.PEOPLE_EDIT):
        return f"{person.name} 不在您的管理范围内，请联系系统管理员。"
    return None


def why_not_secure(by: Person, person: Person) -> str | None:
    """May `by` reset the password, switch the account or lift its lock?"""
    if not by.may(P.SECURITY_EDIT):
        return "停用、解锁、重置口令只能由安全管理员办理。"
    if person.pk == by.pk:
        return "不能对自己的账号办理，请由另一位安全管理员办理。"
    outside = [post for post in person.posts_now() if not by.may(P.SECURITY_EDIT, post.unit)]
    if outside:
        return f"{person.name} 还任「{outside[0].unit.name}」{outside[0].label}，请由县安全管理员办理。"
    if not person.posts_now() and not _reaches(by, person, P.SECURITY_EDIT):
        return f"{person.name} 不在您的管理范围内，请由县安全管理员办理。"
    return None


def why_not_dissolve(by: Person, unit: Unit) -> str | None:
    """May `by` dissolve the unit? Never the unit at the top of his own scope."""
    if not by.may(P.UNITS_EDIT, unit):
        return f"「{unit.name}」不在您的管理范围内。"
    if unit.path in by.paths(P.UNITS_EDIT):
        return f"「{unit.name}」是您所在的一级，停用要由上级办理。"
    return None


def _holds_county(person: Person, needs: tuple[P, ...]) -> bool:
    """Does one of the permissions reach over a whole county?"""
    return any(
        post.unit.kind == kinds.COUNTY and set(needs) & post.permissions for post in person.posts_now()
    )


def _reaches(by: Person, person: Person, need: P) -> bool:
    """For somebody without a post today: did every post he ever held lie in `by`'s scope?"""
    posts = list(person.posts.select_related("unit"))
    return all(by.may(need, post.unit) for post in posts) if posts else _holds_county(by, (need,))


def _name(role: str) -> str:
    return roles.ROLES[role].name if role in roles.ROLES else role
