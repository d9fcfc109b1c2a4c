"""The closed lists that packs choose from. A word outside them is refused with file and line."""

from django.db.models import TextChoices

from wenming.ground.calendar.arithmetic import UNIT_NAMES, TermUnit

UNITS = {str(unit): name for unit, name in UNIT_NAMES.items()}
"""Units of a deadline (handbook §3.3) and their names; the calendar reckons them."""

WORK_HOUR = str(TermUnit.WORK_HOUR)


class Level(TextChoices):
    """Size of a matter: which path and which deadline is normal for it (events pack, `level`)."""

    QUICK = "quick", "当日可结"
    NORMAL = "normal", "一般"
    COMPLEX = "complex", "复杂"


class Family(TextChoices):
    """Where a category comes from: matters and components of the national standard, or our own."""

    MATTER = "matter", "事项"
    COMPONENT = "component", "部件"
    LOCAL = "local", "本地扩展"


class PlaceKind(TextChoices):
    PUBLIC = "public", "公共空间"
    INSTITUTION = "institution", "有管理主体的场所"


class Severity(TextChoices):
    MINOR = "minor", "轻微"
    NORMAL = "normal", "一般"
    MAJOR = "major", "较重"
    CRITICAL = "critical", "严重"


class Method(TextChoices):
    """How a check item is looked at (handbook §2.1)."""

    OBSERVE = "observe", "现场观察"
    COUNT = "count", "计数"
    INSPECT = "inspect", "进入查证"
    RECORD = "record", "查阅记录"
    ASK = "ask", "询问"
    SIMULATE = "simulate", "实景模拟"


class Operator(TextChoices):
    """How findings at a point become a rate of its points (handbook §1.4)."""

    GRADE_BY_COUNT = "grade_by_count", "计例定级"
    PASS_FAIL = "pass_fail", "达标"
    LEAVE_OUT = "leave_out", "不计入分母"
