"""Words of the calendar: kinds of day and ways to fix market days."""

WORK = "work"
OFF = "off"
DAY_KINDS = [(WORK, "上班"), (OFF, "休息")]

SOLAR = "solar"
LUNAR = "lunar"
WEEKDAY = "weekday"
MARKET_KINDS = [(SOLAR, "公历逢日"), (LUNAR, "农历逢日"), (WEEKDAY, "星期")]
