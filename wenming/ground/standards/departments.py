"""The pack of departments: code → name, and who may enforce."""

from wenming.common.packs import Pack
from wenming.ground.standards.models import Department, PackVersion
from wenming.ground.standards.references import fits

KIND = "departments"


def read(pack: Pack) -> list[Department]:
    """Unsaved rows of the whole file. Raises PackError."""
    rows: list[Department] = []
    seen: set[str] = set()
    for order, entry in enumerate(pack.body.each("departments"), start=1):
        code = entry.text("code")
        if code in seen:
            raise entry.fail(f"部门代码「{code}」重复", "code")
        seen.add(code)
        enforces = entry.flag("enforces", default=False)
        row = Department(code=code, name=entry.text("name"), enforces=enforces, order=order)
        fits(entry, row)
        entry.done()
        rows.append(row)
    if not rows:
        raise pack.body.fail("一个部门也没有", "departments")
    pack.body.done()
    return rows


def save(row: PackVersion, content: list[Department]) -> None:
    """Write the rows under `row`."""
    for department in content:
        department.pack = row
    Department.objects.bulk_create(content)
