"""How numbers are written in Chinese, in one place for pages and papers: 2.8万, 50余, 比上期增加3处.

万 only moves the comma and says nothing less than the figure; a 约数 is written only by a step that somebody
declared, and never exceeds the figure.
"""

from decimal import Decimal

from wenming.ledger.metrics import Value, plain

WAN = 10_000
HUNDRED = 100


def in_wan(number: Decimal) -> str:
    """28000 → 2.8万, 9500 → 9500: exact, only moved by four places; what would need more than two decimals stays as it
    is: nobody says 1.9813万份."""
    moved = abs(number) >= WAN and number % HUNDRED == 0
    return f"{plain(number / WAN)}万" if moved else plain(number)


def about(number: Decimal, step: int) -> str:
    """约数: cut down to a multiple of `step`, 「余」 where something was cut off.

    53 by steps of 10 is 50余, 28456 by steps of 1000 is 2.8万余; 50 stays 50, and what is smaller than the step is
    written exactly.
    """
    if number < step:
        return plain(number)
    floor = number // step * step
    return f"{in_wan(floor)}{'余' if floor < number else ''}"


def change(now: Decimal | None, before: Decimal | None, measure: str, than: str = "上期") -> str:
    """「比上期增加3处」, 「与上期持平」, 「比上期上升1.8个百分点」, 「上期无可比数」."""
    if now is None or before is None:
        return f"{than}无可比数"
    step = now - before
    if not step:
        return f"与{than}持平"
    if measure == "%":
        return f"比{than}{'上升' if step > 0 else '下降'}{plain(abs(step))}个百分点"
    return f"比{than}{'增加' if step > 0 else '减少'}{plain(abs(step))}{measure}"


def arrow(now: Value, before: Value) -> str:
    """「↑ 1.8 个百分点」, 「↓ 3 处」, 「持平」 for a narrow place; nothing where there is nothing to compare."""
    if now.number is None or before.number is None:
        return ""
    step = now.number - before.number
    if not step:
        return "持平"
    measure = "个百分点" if now.measure == "%" else now.measure
    return f"{'↑' if step > 0 else '↓'} {plain(abs(step))} {measure}"
