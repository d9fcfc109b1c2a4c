"""减负自评: the five numbers of handbook D30 by quarter, for those who manage a town or a county. Read, never typed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from wenming.common import clock
from wenming.faces.desk import access, burden_records, ledger_period, list_export
from wenming.faces.desk import forms as parts
from wenming.faces.desk.access import needs
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.ledger import periods
from wenming.ledger.periods import Period
from wenming.outcomes.burden import review
from wenming.outcomes.burden.review import Quarter

# Discipline and audit read the books but have no board: this is for improving one's own ways (handbook D30).
READER = P.BOARD_READ
MANAGED = (kinds.TOWN, kinds.COUNTY)
# The small drawing of a row, in units of its own.
WIDE, HIGH, INSET = 120, 28, 3


@dataclass(frozen=True)
class Item:
    """One row of the table: how it is counted, its number in a quarter, and the list behind it."""

    name: str
    means: str
    number: Callable[[Quarter], Decimal | int | None]
    measure: str
    what: str
    part: bool = False  # of the row above

    def text(self, quarter: Quarter) -> str:
        """With its unit, or a word where there is nothing to divide by."""
        number = self.number(quarter)
        return "无" if number is None else f"{number}{self.measure}"


@dataclass(frozen=True)
class Row:
    """An item with its cells and the line of its numbers, from the earliest quarter to the latest."""

    item: Item
    cells: list["Cell"]
    line: str


@dataclass(frozen=True)
class Cell:
    """The number of one quarter with the page behind it."""

    text: str
    url: str


def _each(quarter: Quarter) -> Decimal | None:
    """人均, one decimal; None where there is nobody."""
    if not quarter.people:
        return None
    return (Decimal(quarter.forms) / quarter.people).quantize(Decimal("0.1"), ROUND_HALF_UP)


ITEMS = [
    Item("人均填报次数", "逐条填写的问题和台账÷在岗人员。成批导入的不算填报。", _each, "次", "by_hand"),
    Item("逐条填写", "在网页或手机上一条一条填的问题和台账。", lambda q: q.forms, "条", "by_hand", part=True),
    Item("在岗人员", "期内任过岗的人，一人几岗只算一个。", lambda q: q.people, "人", "people", part=True),
    Item("填写字段数", "这些问题和台账里填了内容的格子。", lambda q: q.boxes, "格", "by_hand"),
    Item("重复数据项", "账上已有、又报了一遍或又填了一遍的，是下面两项之和。", lambda q: q.doubles, "项", ""),
    Item("公文里手填的数", "印发的公文里，该从账上取、却由人打进去的数字。", lambda q: q.typed_numbers, "个", "typed_numbers", part=True),
    Item("重复上报", "上报后并入别的问题，或因重复不予受理、结案的。", lambda q: q.double_reports, "件", "double_reports", part=True),
    Item("夜间推送数", "22 时到次日 7 时送达的通知。", lambda q: q.night, "条", "night"),
    Item("其中安全类", "安全类不等上班，其余夜间不送。", lambda q: q.safety, "条", "night", part=True),
    Item("督查次数", "上级和镇级来看点位：同一天、同一检查单位算一次，暗访公开后才算。", lambda q: q.visits, "次", "visits"),
    Item("看过的点位", "这些督查看过的点位，一天一处算一处次。", lambda q: q.places, "处次", "visits", part=True),
]  # fmt: skip


@require_GET
@needs(READER)
def burden_review(request: StaffRequest) -> HttpResponse:
    """The last five quarters of a town or county. 404 for who does not manage one."""
    now = clock.now()
    unit, own, period = _asked(request, now)
    found = [review.of(unit, each) for each in review.quarters(period)]
    today = clock.local_date(now)
    context = {
        "unit": unit, "units": parts.grouped(own), "period": period, "before": periods.previous(period),
        "following": periods.following(period), "quarters": found, "open": found[-1].period.end >= today,
        "rows": [
            Row(item, [_cell(item, unit, quarter) for quarter in found], drawn([item.number(quarter) for quarter in found]))
            for item in ITEMS
        ],
        "choices": periods.last(periods.of(periods.QUARTER, today), 8)[::-1],
    }  # fmt: skip
    return render(request, "desk/ledger/burden_review.html", context)


@require_GET
@needs(READER)
def burden_review_file(request: StaffRequest) -> FileResponse:
    """The same table as Excel, with the way each number is counted."""
    now = clock.now()
    unit, _own, period = _asked(request, now)
    found = [review.of(unit, each) for each in review.quarters(period)]
    columns = [("项目", 20), *((quarter.period.label, 14) for quarter in found), ("怎么算", 60)]
    lines = [
        [f"　{item.name}" if item.part else item.name, *(item.text(quarter) for quarter in found), item.means]
        for item in ITEMS
    ]
    return list_export.answer(
        "减负自评", columns, lines, said=f"{unit.name}，至{period.label}", by=request.user, at=now
    )


def reviewed(person: Person, unit: Unit) -> bool:
    """May the person see the review of this unit? Of towns and counties only: it asks what *they* ask of others."""
    return unit.kind in MANAGED and person.may(READER, unit)


def _asked(request: StaffRequest, now: datetime) -> tuple[Unit, list[Unit], Period]:
    own = [unit for unit in access.units(request.user, READER) if unit.kind in MANAGED]
    period, _form = ledger_period.chosen(request, periods.of(periods.QUARTER, clock.local_date(now)))
    return access.scope(request, own), own, periods.of(periods.QUARTER, period.start)


def _cell(item: Item, unit: Unit, quarter: Quarter) -> Cell:
    url = burden_records.address(item.what, unit, quarter.period) if item.what else ""
    return Cell(item.text(quarter), url)


def drawn(numbers: Sequence[Decimal | int | None]) -> str:
    """The points of a line over a small drawing of WIDE by HIGH; what is not known is nothing, and nothing lies at the
    bottom."""
    known = [Decimal(number or 0) for number in numbers]
    most = max(known) or Decimal(1)
    step = Decimal(WIDE - 2 * INSET) / max(len(known) - 1, 1)
    height = HIGH - 2 * INSET
    return " ".join(
        f"{INSET + step * place:.1f},{HIGH - INSET - height * number / most:.1f}"
        for place, number in enumerate(known)
    )
