"""A weekly bulletin with 50 problems and 100 photos: draft, Word file, PDF."""

import io
import os
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from bench import house, town
from bench.rows import Row

PROBLEMS, SIZE = 50, (2000, 1500)


def measure(url: str, *, quick: bool) -> Iterator[Row]:  # noqa: ARG001 - it is quick anyway
    """Seconds of each part and of the whole."""
    with tempfile.TemporaryDirectory(prefix="wmbench-") as folder:
        # The parts that set-up has found (LibreOffice, fonts) stay known; only the photos go elsewhere.
        os.environ["WENMING_FILES"] = f"{folder}/files"
        house.open_house(url)
        t = town.build()
        at = last_monday(t.now)
        house.say(f"造 {PROBLEMS} 件已结案的问题，各两张照片")
        for number in range(PROBLEMS):
            closed(t, number, at + timedelta(minutes=number))
        from wenming.ground.jobs import actions as jobs  # noqa: PLC0415

        while jobs.run_due(worker="bench", at=t.now):
            pass
        yield from _bulletin(t, at)


def last_monday(now: datetime) -> datetime:
    """Nine o'clock in the town on the Monday of the week before."""
    day = now - timedelta(days=now.weekday() + 7)
    return day.replace(hour=1, minute=0, second=0, microsecond=0)


def closed(t: SimpleNamespace, number: int, at: datetime) -> None:
    from wenming.ground.places.models import Place  # noqa: PLC0415
    from wenming.records.cases import actions as cases  # noqa: PLC0415

    at, unit = at.astimezone(), t.communities[number % len(t.communities)]
    clerk, head, seen = t.clerks[0], t.secretaries[number % len(t.communities)], t.inspectors[0]
    place = Place.objects.select_related("unit__town").filter(unit=unit)[number % 5]
    steps = iter(at + timedelta(minutes=15 * n) for n in range(6))
    case = cases.report(
        at=next(steps), by=seen, category="06010", description=f"巷口垃圾未清 {number}", place=place,
        photos=[_photo(t, seen, number * 2, at)],
    )  # fmt: skip
    case = cases.register(case=case, by=clerk, at=next(steps))
    case = cases.dispatch(case=case, by=clerk, at=next(steps), lead=unit)
    case = cases.sign(case=case, by=head, at=next(steps))
    after = _photo(t, head, number * 2 + 1, at)
    case = cases.hand_in(case=case, by=head, at=next(steps), photos=[after], measures="已清理")
    cases.accept(case=case, by=clerk, at=next(steps))


def _photo(t: SimpleNamespace, by: Any, seed: int, at: datetime) -> Any:
    """A picture with as much detail as a street has, some 700 kB as JPEG."""
    from PIL import Image  # noqa: PLC0415

    from wenming.ground.evidence import actions as evidence  # noqa: PLC0415

    grain = Image.effect_noise((SIZE[0] // 4, SIZE[1] // 4), 60 + seed % 40).resize(SIZE)
    picture = Image.merge("RGB", [grain, grain.rotate(180), grain.transpose(Image.Transpose.FLIP_LEFT_RIGHT)])
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88)
    return evidence.store(data=out.getvalue(), name=f"{seed}.jpg", by=by, at=at, town=t.town, source="camera")


def _bulletin(t: SimpleNamespace, at: datetime) -> Iterator[Row]:
    from wenming.common.errors import DomainError  # noqa: PLC0415
    from wenming.ledger import periods  # noqa: PLC0415
    from wenming.outcomes.documents import actions as documents  # noqa: PLC0415
    from wenming.outcomes.documents import queries  # noqa: PLC0415
    from wenming.outcomes.documents.layout import pdf  # noqa: PLC0415

    clock = _Clock()
    week = periods.of(periods.WEEK, at.date())
    document = documents.draft(kind="bulletin", town=t.town, period=week, at=t.now, by=t.clerks[0])
    yield clock.row("通报：起草（取数、写文）")
    made_of = queries.ingredients(document, at=t.now)
    word = queries.render(made_of)
    photos = sum(one.before_count + one.after_count for one in made_of.problems)
    told = f"{len(made_of.problems)} 件、{photos} 张照片，Word {len(word) / 1e6:.1f} MB"
    yield clock.row("通报：排成 Word", told)
    whole = clock.total
    try:
        made = pdf.convert(word, timeout=120)
        yield clock.row("通报：转成 PDF", f"{len(made) / 1e6:.1f} MB")
        whole = clock.total
    except DomainError as error:  # a machine without LibreOffice measures the rest
        told += f"；没有 PDF：{error}"
    yield Row("通报：50 件、100 张照片，合计", whole, "秒", 10, note=told)


class _Clock:
    """Seconds since the last row, and in all."""

    def __init__(self) -> None:
        self.since, self.total = time.perf_counter(), 0.0

    def row(self, what: str, note: str = "") -> Row:
        took = time.perf_counter() - self.since
        self.total += took
        self.since = time.perf_counter()
        return Row(what, took, "秒", note=note)
