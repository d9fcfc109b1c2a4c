"""People who enter work logs, and one filled form of every kind that is shipped."""

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from tests.factories import NOW
from wenming.ground.units.models import Unit
from wenming.records.journals import actions as journals
from wenming.records.journals import queries, states
from wenming.records.journals.kinds import Kind
from wenming.records.journals.models import Journal

TODAY = date(2026, 11, 16)
WEEKLY = {"type": "weekly", "topic": "创城周例会", "people": "24"}


def filled(kind: Kind, town: SimpleNamespace) -> dict[str, Any]:
    """A form of the kind with every field filled in: the first option, small whole numbers."""
    said: dict[str, Any] = {}
    for number, field in enumerate(kind.fields, start=1):
        options = [code for code, _ in field.options]
        said[field.code] = {
            states.TEXT: "东门一带", states.LONG: "按清单逐项办理。", states.DATE: "2026-11-16", states.TIME: "9:30",
            states.CHOICE: options[0] if options else "", states.CHOICES: options, states.UNIT: town.partner_unit,
            states.PLACE: town.lane, states.PEOPLE: "李建国、陈小雨",
        }.get(field.kind, str(number))  # fmt: skip
    return said


@pytest.fixture
def enter(town: SimpleNamespace) -> Callable[..., Journal]:
    """enter(kind, by=…, unit=…, **fields) → the record, on the day of the tests unless told otherwise."""

    def made(code: str, *, by: Any = None, unit: Unit | None = None, **more: Any) -> Journal:
        fixed = {"occurred_on": TODAY, "at": NOW} | {
            name: more.pop(name)
            for name in ("occurred_on", "at", "key", "late_reason", "photos", "decisions", "way")
            if name in more
        }
        person = by or town.clerk
        return journals.enter(kind=code, unit=unit or town.town, by=person, fields=more, **fixed)

    return made


@pytest.fixture
def shipped(town: SimpleNamespace) -> dict[str, Kind]:
    return queries.kinds(town.town, TODAY)
