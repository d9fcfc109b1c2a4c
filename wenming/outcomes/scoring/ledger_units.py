"""Who is rated in a town: its units, contractors or cleaners' posts, and to whom an entry counts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, QuerySet

from wenming.common.errors import DomainError
from wenming.ground.places.models import Place
from wenming.ground.units.models import Unit
from wenming.ground.units.states import CONTRACTOR, GROUPS, KINDS
from wenming.ledger.periods import Period
from wenming.outcomes.scoring import facts, from_ledger
from wenming.outcomes.scoring.book import Book

_LABELS = dict(KINDS) | GROUPS


@dataclass(frozen=True)
class Rated:
    """Those the book rates, by code, and whose entries are whose: by key of a unit, or of a place."""

    units: Mapping[str, facts.Unit]
    owners: Mapping[int, str]
    by_place: bool = False


def rated(
    *, book: Book, owner: Unit, period: Period, unit: Unit | None = None, not_assessed: Collection[str] = ()
) -> Rated:
    """The rated of `owner` in the period; with `unit` only that one (for a post: the posts on its ground).

    Raises DomainError: rated_account, group_unknown, unit_unknown, unit_not_rated.
    """
    if book.rated == "account":
        raise DomainError(
            "rated_account",
            "志愿者账户的积分不在账本上，请用事件文件试算：wenming score run 规则书 --events 事件.jsonl。",
        )
    if book.rated == "post":
        return _posts(book, unit or owner, period, not_assessed)
    return _units(book, owner, period, unit, not_assessed)


def _units(
    book: Book, owner: Unit, period: Period, only: Unit | None, not_assessed: Collection[str]
) -> Rated:
    tree = list(Unit.objects.below(owner).order_by("path"))
    there = [each for each in tree if _in_force(each, period)]
    groups: dict[int, str] = {}
    for group, names in _groups(book, contractors=book.rated == "contractor"):
        chosen = _chosen(there, group, names, book)
        twice = [each for each in chosen if each.pk in groups]
        if twice:
            raise _unclear(f"{twice[0].label}既属于「{groups[twice[0].pk]}」又属于「{group}」", book)
        groups |= dict.fromkeys((each.pk for each in chosen), group)
    owners: dict[int, str] = {}
    for each in tree:
        if each.pk in groups:
            owners[each.pk] = each.code
        elif each.parent_id in owners:
            owners[each.pk] = owners[each.parent_id]
    inside = {each.code: each for each in there if each.pk in groups}
    if only is not None:
        if only.code not in inside:
            raise DomainError(
                "unit_not_rated", f"{only.label}不是「{book.title}」的考核对象，请换一个单位或规则书。"
            )
        inside = {only.code: only}
        owners = {key: code for key, code in owners.items() if code == only.code}
    units = {
        code: facts.Unit(
            code=code, name=each.name, group=groups[each.pk], assessed=code not in not_assessed,
            population=None if each.population is None else Decimal(each.population),
        )
        for code, each in inside.items()
    }  # fmt: skip
    return Rated(units, owners)


def _in_force(unit: Unit, period: Period) -> bool:
    return unit.valid_from <= period.end and (unit.valid_to is None or unit.valid_to >= period.start)


def _groups(book: Book, *, contractors: bool) -> list[tuple[str, tuple[str, ...]]]:
    """Groups of the book, each with the kinds (or codes) of its units."""
    written = book.from_ledger.groups
    if not book.groups and not written:
        if contractors:
            return [(_LABELS[CONTRACTOR], (CONTRACTOR,))]
        comparable = dict.fromkeys(label for kind, label in GROUPS.items() if kind != CONTRACTOR)
        return [(label, from_ledger.unit_kinds_of(label)) for label in comparable]
    found = []
    for group in book.groups or tuple(written):
        names = written.get(group) or from_ledger.unit_kinds_of(group)
        if not names and contractors and len(book.groups) == 1:
            names = (CONTRACTOR,)
        if not names:
            raise _unclear(
                f"不知道「{group}」组是哪些单位，请在 from_ledger.groups 里写单位类别或单位编码", book
            )
        found.append((group, names))
    return found


def _chosen(there: Sequence[Unit], group: str, names: Sequence[str], book: Book) -> list[Unit]:
    kinds = [name for name in names if name in from_ledger.UNIT_KINDS]
    codes = [name for name in names if name not in kinds]
    known = {each.code for each in there}
    for code in codes:
        if code not in known:
            raise _unclear(f"「{group}」组里的「{code}」既不是单位类别，也不是本地在用的单位编码", book)
    return [each for each in there if each.kind in kinds or each.code in codes]


def _posts(book: Book, ground: Unit, period: Period, not_assessed: Collection[str]) -> Rated:
    """Cleaners' posts: stretches of street and lanes. The post is rated, never the person on it."""
    groups = book.from_ledger.groups or dict.fromkeys(book.groups[:1] or ("",), from_ledger.POST_PLACES)
    if len(book.groups) > 1 and not book.from_ledger.groups:
        raise _unclear("有几组保洁岗位，请在 from_ledger.groups 里写每组的点位类别或点位编号", book)
    units, owners = {}, {}
    for group, names in groups.items():
        for place in _places(ground, period).filter(Q(kind__in=names) | Q(number__in=names)):
            units[place.number] = facts.Unit(
                code=place.number, name=place.name, group=group, assessed=place.number not in not_assessed
            )
            owners[place.pk] = place.number
    return Rated(units, owners, by_place=True)


def _places(ground: Unit, period: Period) -> QuerySet[Place]:
    there = Q(closed_on__isnull=True) | Q(closed_on__gte=period.start)
    return Place.objects.in_paths([ground.path]).filter(there).order_by("number")


def _unclear(message: str, book: Book) -> DomainError:
    where = f"（{book.path} 第 {book.from_ledger.line} 行）" if book.from_ledger.line else f"（{book.path}）"
    return DomainError("group_unknown", f"{message}{where}。")
