"""Rules of the county on supervision, read from the escalation pack (packs/escalation)."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

from wenming.common import packs
from wenming.common.packs import Pack, Reader
from wenming.ground.calendar.arithmetic import Term, TermUnit
from wenming.ground.standards.loaders import Loader
from wenming.records.cases.sameness import Rule

KIND = "escalation"
WHEN = ("unsigned", "overdue", "suspended")
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


@cache
def current() -> Settings:
    """The newest escalation pack in the packs folder. Raises PackError naming file and line."""
    found = [
        read(packs.load(path, kind=KIND)) for path in sorted((Path(settings.PACKS_DIR) / KIND).glob("*.yaml"))
    ]
    return found[-1]


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


# Loading only checks and registers the pack; the rules are read from the file of the newest version.
LOADERS = {KIND: Loader(read=read, save=lambda _version, _content: None, after=())}
