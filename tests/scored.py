"""A month of appraisals in 安和镇 that lies far enough back for any of its rounds to be shown and published by now."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

from tests import factories
from tests.factories import Life, photo
from wenming.common import clock
from wenming.ground.units.models import Unit
from wenming.ledger import periods
from wenming.ledger.periods import Period
from wenming.outcomes.appraisals import actions as appraisals
from wenming.outcomes.appraisals.models import Round, RuleBook, Sheet
from wenming.records.cases import actions as cases
from wenming.records.cases.models import Case

BOARD = """
  - {id: red, title: 红榜, op: proposal, board: red, if: {first: 1}, action: 列入红榜}
  - {id: black, title: 黑榜, op: proposal, board: black, if: {last: 1, below: 99}, action: 列入黑榜, ground: 办法第八条}
"""
SAMPLES = Path(__file__).parents[1] / "packs" / "scoring" / "samples"
SEED = (SAMPLES / "seed.yaml").read_text(encoding="utf-8")


def ended_month() -> Period:
    """A month that ended weeks ago, whatever day it is today."""
    return periods.previous(periods.previous(periods.of("month", clock.local_date(clock.now()))))


def book_text(month: Period, version: str = "1", in_force: date | None = None) -> str:
    """The seed's rule with a red and a black list, in force from that month on."""
    text = SEED.replace('version: "2026.1"', f'version: "{version}"') + BOARD
    return text.replace("in_force: 2026-01-01", f"in_force: {in_force or month.start}")


def finds(town: SimpleNamespace, month: Period) -> list[Case]:
    """Two finds of the town at the same place in 东门社区 within days, the first one with photos before and after."""
    # A Tuesday, so that neither day is a weekend.
    tuesday = clock.monday(month.start + timedelta(days=7)) + timedelta(days=1)
    life = Life(town, at=clock.at_local(tuesday, 9))
    first = life.closed(photos=[photo(town.inspector, town.town, at=life.at)])
    life.tick(2 * 24 * 60)
    return [first, life.closed()]


class Scored:
    """A month of 安和镇: two finds of the town at the same place in 东门社区 (−1, −1 × 2), none in 西街社区."""

    def __init__(self, town: SimpleNamespace, month: Period) -> None:
        self.t, self.month = town, month
        self.first, self.second = finds(town, month)
        draft = appraisals.write_book(town=town.town, text=book_text(month), by=town.clerk, at=self.ago(20))
        self.book = appraisals.adopt(draft=draft, by=town.clerk, at=self.ago(20))

    def ago(self, days: float) -> datetime:
        return clock.now() - timedelta(days=days)

    def computed(self) -> Round:
        return appraisals.compute(
            town=self.t.town, code="seed", period=self.month, by=self.t.clerk, at=self.ago(16)
        )

    def shown(self, *, days: float = 0.01) -> Round:
        """Shown `days` ago: the units may appeal now unless it was long ago."""
        return appraisals.show(where=self.computed(), by=self.t.clerk, at=self.ago(days))

    def published(self) -> Round:
        return appraisals.publish(where=self.shown(days=15), by=self.t.clerk, at=self.ago(2))

    def sheet(self, where: Round, unit: Unit) -> Sheet:
        return Sheet.objects.get(round=where, unit=unit)


class Contracted:
    """A month from the 26th to the 25th: 净美 was late once (−2) and sent back once (−1); 绿洲 did nothing wrong."""

    def __init__(self, t: SimpleNamespace) -> None:
        self.t = t
        self.month = ended()
        t.oasis = factories.unit("绿洲环卫公司", "contractor", "AH-LZ", t.town, dept="sanitation")
        t.gardener = factories.person("林绿洲", "13800000091", ("contractor", t.oasis))
        self.late, self.reworked = self.finds()
        self.book = self.adopt("contract")
        for unit in (t.cleaning, t.oasis):
            appraisals.set_term(
                unit=unit, name="month_fee", value=Decimal(80000), from_date=self.month.start, ground="合同第八条", by=t.clerk, at=ago(30)
            )  # fmt: skip

    def finds(self) -> tuple[Case, Case]:
        t = self.t
        tuesday = clock.monday(self.month.start + timedelta(days=7)) + timedelta(days=1)
        life = Life(t, at=clock.at_local(tuesday, 9))
        reworked = life.verifying(lead=t.cleaning)
        reworked = cases.send_back(case=reworked, by=t.inspector, at=life.tick(), ground="还有残留")
        self.hand_in(reworked, life)
        late = life.handling(lead=t.cleaning, photos=[photo(t.inspector, t.town, at=life.at)])
        life.tick(9 * 24 * 60)
        self.hand_in(late, life)
        return late, reworked

    def hand_in(self, case: Case, life: Life) -> None:
        t = self.t
        case = cases.hand_in(
            case=case,
            by=t.cleaner,
            at=life.tick(),
            photos=[photo(t.cleaner, t.town, at=life.at)],
            measures="已清理",
        )
        cases.accept(case=case, by=t.inspector, at=life.tick())

    def adopt(self, sample: str, since: date | None = None) -> RuleBook:
        """A sample book in force from the month on, or from `since`."""
        typed = (SAMPLES / f"{sample}.yaml").read_text(encoding="utf-8")
        typed = typed.replace("in_force: 2026-01-01", f"in_force: {since or self.month.start}")
        draft = appraisals.write_book(town=self.t.town, text=typed, by=self.t.clerk, at=ago(30))
        return appraisals.adopt(draft=draft, by=self.t.clerk, at=ago(30))

    def shown(self, *, days: float = 0.01, code: str = "contract", period: Period | None = None) -> Round:
        made = appraisals.compute(
            town=self.t.town, code=code, period=period or self.month, by=self.t.clerk, at=ago(16)
        )
        return appraisals.show(where=made, by=self.t.clerk, at=ago(days))

    def sheet(self, where: Round, unit: Unit) -> Sheet:
        return Sheet.objects.get(round=where, unit=unit)


def ended() -> Period:
    """A month from the 26th to the 25th that ended at least a month ago."""
    return periods.previous(periods.previous(periods.of("custom", clock.local_date(clock.now()))))


def ago(days: float) -> datetime:
    return clock.now() - timedelta(days=days)
