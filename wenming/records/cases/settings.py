"""Rules of the county on supervision, read from the escalation pack (packs/escalation)."""

import json
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from wenming.common.errors import DomainError
from wenming.common.packs import Pack, Reader
from wenming.ground.calendar.arithmetic import Term, TermUnit
from wenming.ground.standards import queries as standards
from wenming.ground.standards.loaders import Loader
from wenming.records.cases.sameness import Rule

KIND = "escalation"
WHEN = ("unsigned", "returned", "overdue", "suspended")
TELL = ("unit", "secretary", "office", "leader", "county")


@dataclass(frozen=True)
class Rung:
    """One step of the ladder: `after` this long in the situation `when`, tell these once."""

    key: str
    when: str
    after: Term | None  # None: at once
    tell: tuple[str, ...]
    words: str
    order: bool


@dataclass(frozen=True)
class Settings:
    version: str
    twice: Rule
    answer_days: int
    revisit_days: tuple[int, ...]
    spot_revisit_days: tuple[int, ...]
    spot_revisit_percent: int
    contest_days: int
    ladder: tuple[Rung, ...]
    # 同一点位同级督查每月至多几次, more only with a ground (handbook D12).
    visits_per_month: int = 4


def current(on: date) -> Settings:
    """The rules in force on the day `on`. Raises DomainError when no escalation pack is loaded."""
    pack = standards.current_pack(KIND, on)
    if pack is None:
        raise DomainError(
            "escalation_missing", "还没有装督办阶梯，请系统管理员在「标准与规则」里装入（kind: escalation）。"
        )
    return _from_facts(pack.digest, json.dumps(pack.facts))


@lru_cache(maxsize=16)
def _from_facts(_digest: str, facts: str) -> Settings:
    told = json.loads(facts)
    ladder = [
        rung | {"after": _term(rung["after"]), "tell": tuple(rung["tell"])} for rung in told.pop("ladder")
    ]
    days = {key: tuple(told.pop(key)) for key in ("revisit_days", "spot_revisit_days")}
    return Settings(
        **told | days | {"twice": Rule(**told["twice"]), "ladder": tuple(Rung(**rung) for rung in ladder)}
    )


def as_facts(made: Settings) -> dict[str, Any]:
    """The rules as plain JSON, kept with the version of the pack."""
    facts = asdict(made)
    for rung, plain in zip(made.ladder, facts["ladder"], strict=True):
        plain["after"] = (
            {"value": str(rung.after.value), "unit": str(rung.after.unit)} if rung.after else None
        )
    return facts


def _term(said: dict[str, str] | None) -> Term | None:
    return Term(Decimal(said["value"]), TermUnit(said["unit"])) if said else None


def read(pack: Pack) -> Settings:
    """Check and read a pack. Raises PackError."""
    body = pack.body
    twice, again = body.child("twice"), body.child("revisit")
    ladder = tuple(_rung(item, number) for number, item in enumerate(body.each("ladder"), 1))
    made = Settings(
        version=pack.version,
        twice=Rule(radius_m=float(twice.decimal("radius_m")), window_days=twice.integer("window_days")),
        answer_days=twice.integer("answer_days"),
        revisit_days=_days(again, "days"),
        spot_revisit_days=_days(again, "spot_days"),
        spot_revisit_percent=again.integer("spot_percent"),
        contest_days=body.integer("contest_days"),
        ladder=ladder,
        visits_per_month=body.integer("visits_per_month", default=4),
    )
    for reader in (twice, again, body):
        reader.done()
    return made


def _days(reader: Reader, key: str) -> tuple[int, ...]:
    try:
        days = tuple(int(text) for text in reader.texts(key))
    except ValueError:
        raise reader.fail(f"「{key}」应当是一列天数，如 [3, 7, 30]", key) from None
    if any(day < 1 for day in days):
        raise reader.fail(f"「{key}」的天数要大于 0", key)
    return days


def _rung(item: Reader, number: int) -> Rung:
    after = item.child("after")
    units = [str(unit) for unit in TermUnit]
    term_value, term_unit = after.decimal("value"), after.choice("unit", units)
    tell = tuple(item.texts("tell"))
    for who in tell:
        if who not in TELL:
            raise item.fail(f"「tell」不认识「{who}」，只能是：{'、'.join(TELL)}", "tell")
    rung = Rung(
        key=f"{item.choice('when', WHEN)}-{number}",
        when=item.choice("when", WHEN),
        after=Term(term_value, TermUnit(term_unit)) if term_value else None,
        tell=tell,
        words=item.text("words"),
        order=item.flag("order", default=False),
    )
    after.done()
    item.done()
    return rung


LOADERS = {KIND: Loader(read=read, save=lambda _version, _content: None, facts=as_facts)}
