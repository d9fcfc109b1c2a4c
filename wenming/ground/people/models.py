"""People and their posts. A person logs in with a phone number; what he may do comes from his posts."""

import uuid
from datetime import date, datetime
from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q

from wenming.common import clock, rows
from wenming.ground.people import roles
from wenming.ground.people.permissions import P
from wenming.ground.units import states
from wenming.ground.units.models import Unit

_POSTS = """
    FROM people_post post JOIN units_unit unit ON unit.id = post.unit_id
    LEFT JOIN units_unit town ON town.id = unit.town_id
    WHERE post.person_id = %s ORDER BY post.deputy, post.id"""


class PersonManager(BaseUserManager["Person"]):
    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(phone=username)


class Person(AbstractBaseUser):
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField("姓名", max_length=30)
    phone = models.CharField(
        "手机号",
        max_length=11,
        unique=True,
        validators=[RegexValidator(r"^1[3-9]\d{9}$", "请填 11 位手机号。")],
    )
    sort_key = models.CharField("排序键", max_length=60, blank=True)
    is_active = models.BooleanField("在用", default=True)
    # The first password is given by somebody else, so it must be changed before anything else is done.
    must_change_password = models.BooleanField("首次登录须改口令", default=True)
    password_changed_at = models.DateTimeField("口令修改时间", null=True, blank=True)
    created_at = models.DateTimeField("建立时间")
    # Outside people (assessors, contractors) lose access by themselves (handbook §9.4 委托).
    expires_on = models.DateField("账号到期日", null=True, blank=True)

    USERNAME_FIELD = "phone"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = PersonManager()

    class Meta:
        verbose_name = "人员"
        ordering = ["sort_key", "name"]

    def __str__(self) -> str:
        return self.name

    @property
    def masked_phone(self) -> str:
        """138****0000 (handbook §9.2)."""
        return f"{self.phone[:3]}****{self.phone[-4:]}"

    def posts_on(self, day: date) -> "list[Post]":
        """Posts held on `day`, with their units, main post first."""
        return [post for post in self._posts if post.held_on(day)]

    @cached_property
    def _posts(self) -> "list[Post]":
        # By hand, because every request asks.
        found = rows.read(_POSTS, [self.pk], post=Post, unit=Unit, town=Unit)
        for post, unit, town in found:
            post.person, post.unit, unit.town = self, unit, town
        return [post for post, _, _ in found]

    def posts_now(self) -> "list[Post]":
        return self.posts_on(clock.local_date(clock.now()))

    def paths(self, permission: P) -> list[str]:
        """Path prefixes of the units for which the person holds `permission` through a post today."""
        return sorted({post.scope for post in self.posts_now() if permission in post.permissions})

    def may(self, permission: P, unit: Unit | None = None) -> bool:
        """True when a post held today gives `permission` for `unit` (anywhere when `unit` is None)."""
        paths = self.paths(permission)
        return bool(paths) if unit is None else any(unit.path.startswith(path) for path in paths)

    def post_at(self, unit: Unit | None = None) -> "Post | None":
        """The post through which the person most plausibly acts on something of `unit`."""
        posts = self.posts_now()
        if unit is not None:
            near = [post for post in posts if unit.path.startswith(post.scope) or unit.contains(post.unit)]
            posts = near or posts
        return posts[0] if posts else None

    @property
    def home_unit(self) -> Unit | None:
        """The unit of the main post."""
        post = self.post_at()
        return post.unit if post else None

    @property
    def town(self) -> Unit | None:
        unit = self.home_unit
        return unit.town if unit else None

    def title(self, unit: Unit | None = None) -> str:
        """「安和镇创城办 干事」, as written into history."""
        post = self.post_at(unit)
        return f"{post.unit.label} {post.label}" if post else ""


class Post(models.Model):
    """A role at a unit for a time. A deputy holds it while the other is away."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="posts", verbose_name="人员")
    role = models.CharField("角色", max_length=30, choices=roles.CHOICES)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="posts", verbose_name="单位")
    name = models.CharField("职务名称", max_length=30, blank=True)
    deputy = models.BooleanField("代理", default=False)
    from_date = models.DateField("起")
    to_date = models.DateField("止", null=True, blank=True)

    class Meta:
        verbose_name = "岗位"
        constraints = [
            models.CheckConstraint(
                condition=Q(to_date__isnull=True) | Q(to_date__gte=F("from_date")),
                name="posts_dates_in_order",
            ),
            models.UniqueConstraint(fields=["person", "role", "unit", "from_date"], name="posts_once"),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.unit} {self.label}"

    @property
    def label(self) -> str:
        return self.name or self.get_role_display()

    @property
    def scope(self) -> str:
        """Path prefix for which the post counts. An office acts for the town or county it belongs to."""
        path = self.unit.path
        return path[: path.rstrip("/").rfind("/") + 1] if self.unit.kind == states.OFFICE else path

    @property
    def permissions(self) -> frozenset[P]:
        return roles.ROLES[self.role].permissions

    def held_on(self, day: date) -> bool:
        return self.from_date <= day and (self.to_date is None or day <= self.to_date)


def usable(person: Any, at: datetime) -> bool:
    """May this account be used at all: active and not expired."""
    return bool(person.is_active and (person.expires_on is None or clock.local_date(at) <= person.expires_on))
