"""Who acts on the command line: nobody in particular (the system), or the person named by --by."""

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.ground.people.models import Person, usable
from wenming.ground.units import queries as units
from wenming.ground.units.models import Unit


def named(phone: str | None) -> Person | None:
    """The person with this phone number, None without one. Raises DomainError for a stranger."""
    if not phone:
        return None
    person = Person.objects.filter(phone=phone).first()
    if person is None or not usable(person, clock.now()):
        raise DomainError("by_unknown", f"没有手机号为 {phone} 的在用账号，请核对 --by。")
    return person


def unit(code: str) -> Unit:
    """The unit with this code (a county of 6 or town of 9 digits as well). Raises DomainError."""
    found = units.by_code(code) or units.by_code(code.ljust(12, "0"))
    if found is None:
        raise DomainError(
            "unit_unknown", f"没有编码为 {code} 的单位，请核对（wenming export units 可列出全部）。"
        )
    return found


def town(code: str | None) -> Unit:
    """The town named, or the only one there is. Raises DomainError."""
    if code:
        return unit(code)
    towns = list(Unit.objects.in_force().filter(kind="town")[:2])
    if len(towns) != 1:
        raise DomainError("town_missing", "请用 --unit 写明镇的编码。")
    return towns[0]
