"""Market days of a town: a rule and its check, without the database."""

from dataclasses import dataclass
from datetime import date

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.ground.calendar import lunar, states

_DIGITS = "〇一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class MarketRule:
    """`kind` solar or lunar: days of the month whose last digit is in `numbers`; weekday: 1 (Monday) to 7.

    Raises DomainError `market_invalid`.
    """

    kind: str
    numbers: tuple[int, ...]

    def __post_init__(self) -> None:
        labels = dict(states.MARKET_KINDS)
        if self.kind not in labels:
            raise DomainError(
                "market_invalid",
                f"赶集规则「{self.kind}」不认识，只能是：{'、'.join(labels)}。",
                field="kind",
            )
        low, high = (1, 7) if self.kind == states.WEEKDAY else (0, 9)
        if not self.numbers or len(set(self.numbers)) < len(self.numbers):
            raise DomainError("market_invalid", "赶集日要填至少一个数，不能重复。", field="numbers")
        for number in self.numbers:
            if isinstance(number, bool) or not isinstance(number, int) or not low <= number <= high:
                raise DomainError(
                    "market_invalid",
                    f"赶集日「{number}」不对，只能是 {low} 到 {high} 的整数。",
                    field="numbers",
                )

    def holds_on(self, day: date) -> bool:
        """Whether `day` is a market day. Raises DomainError `lunar_range` beyond the lunar table."""
        if self.kind == states.WEEKDAY:
            return day.isoweekday() in self.numbers
        number = lunar.day_of_month(day) if self.kind == states.LUNAR else day.day
        return number % 10 in self.numbers

    @property
    def text(self) -> str:
        """`农历逢二、五、八`."""
        if self.kind == states.WEEKDAY:
            return "每周" + "、".join(clock.WEEKDAYS[number - 1] for number in self.numbers)
        digits = "、".join("十" if number == 0 else _DIGITS[number] for number in self.numbers)
        return ("农历逢" if self.kind == states.LUNAR else "公历逢") + digits
