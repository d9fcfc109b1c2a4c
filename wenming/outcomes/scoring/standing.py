"""What stands above the marks: vetoes, grades, the final rounding, and flags that last over periods."""

from dataclasses import replace

from wenming.outcomes.scoring import amounts
from wenming.outcomes.scoring.book import Flag, Selector
from wenming.outcomes.scoring.conditions import Condition
from wenming.outcomes.scoring.operators.common import Piece, Question, Scene, outside
from wenming.outcomes.scoring.sheet import Sheet

VIEW = ("unit", "group", "total", "place", "from_last", "ranked", "grade", "change", "barred", "flags")
"""Names a condition on a finished sheet may use."""
EFFECTS = {
    "zero": "总分记零",
    "cancel": "取消成绩，不参加排名",
    "lower_grade": "等次降一级",
    "bar_prize": "取消本期评先，后面递补",
}


def holds(condition: Condition, sheet: Sheet) -> bool:
    """A condition on a decided sheet; false while the total is open."""
    if sheet.exact is None:
        return False
    view = {
        "unit": sheet.unit, "group": sheet.group, "total": float(sheet.exact), "place": sheet.place or 0,
        "from_last": sheet.from_last or 0, "ranked": sheet.ranked, "grade": sheet.grade,
        "change": float(sheet.change or 0), "barred": sheet.barred, "flags": list(sheet.flags),
    }  # fmt: skip
    return condition.holds(view)


def happened(scene: Scene, selector: Selector, name: str) -> tuple[list[str], list[Question]]:
    """Ids of matching events of the period, and questions on the way."""
    piece = Piece()
    return [event.id for event in scene.select(selector, piece, outside(name))], piece.questions


def judged(scene: Scene, sheet: Sheet) -> Sheet:
    """The sheet with vetoes applied, its grade, and its one rounding."""
    book, exact = scene.book, sheet.exact
    vetoes, questions, lower = [], list(sheet.questions), 0
    barred, not_ranked = sheet.barred, sheet.not_ranked
    for veto in book.vetoes if scene.unit.assessed else ():
        events, asked = happened(scene, veto.when, veto.title)
        questions += asked
        if asked:
            exact, not_ranked = None, "有待定的问题"
        if len(events) < veto.least:
            continue
        vetoes.append(f"{veto.title}（{'、'.join(events)}）：{EFFECTS[veto.effect]}")
        barred = barred or veto.effect in ("cancel", "bar_prize")
        if veto.effect == "zero" and exact is not None:
            exact = amounts.ZERO
        elif veto.effect == "cancel":
            not_ranked = f"一票否决：{veto.title}"
        elif veto.effect == "lower_grade":
            lower += 1
    # Grades, places and consequences go by the mark that is shown: nobody is told 90 and treated as 89.996.
    total = None if exact is None else amounts.rounded(exact, book.places, book.mode)
    grade = ""
    if book.grades and total is not None:
        index = next(i for i, band in enumerate(book.grades) if total in band)
        grade = book.grades[max(index - lower, 0)].title
    held = _held(scene)
    for flag in book.flags:
        if flag.exempt and flag.id in held and not _lost_by_event(scene, flag):
            not_ranked = not_ranked or f"{flag.title}，不参加排名"
    return replace(
        sheet, exact=exact, total=total, grade=grade, vetoes=tuple(vetoes), barred=barred,
        questions=tuple(questions), not_ranked=not_ranked,
    )  # fmt: skip


def _held(scene: Scene) -> tuple[str, ...]:
    own = [s for s in scene.history if s.book == scene.book.id and s.start < scene.period.start]
    return own[-1].flags if own else ()


def _lost_by_event(scene: Scene, flag: Flag) -> bool:
    return flag.lose_event is not None and bool(happened(scene, flag.lose_event, flag.title)[0])


def flagged(scene: Scene, sheet: Sheet) -> Sheet:
    """Flags after the ranking: kept, given, withdrawn, each with a word why."""
    if not scene.book.flags:
        return sheet
    held, kept, notes = _held(scene), [], []
    for flag in scene.book.flags:
        had = flag.id in held
        gained = (
            (flag.gain_event is not None and bool(happened(scene, flag.gain_event, flag.title)[0]))
            or (bool(flag.gain_places) and sheet.prize_place is not None and sheet.prize_place <= flag.gain_places)
            or (flag.gain_if is not None and holds(flag.gain_if, sheet))
        )  # fmt: skip
        lost = _lost_by_event(scene, flag) or (flag.lose_if is not None and holds(flag.lose_if, sheet))
        lost = lost or (flag.lose_otherwise and not gained)
        if lost:
            if had:
                notes.append(f"收回{flag.title}")
            continue
        if gained or had:
            kept.append(flag.id)
            notes.append(f"保持{flag.title}" if had else f"授予{flag.title}")
    return replace(sheet, flags=tuple(kept), flag_notes=tuple(notes))
