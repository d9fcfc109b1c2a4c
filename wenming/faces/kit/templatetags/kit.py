"""Filters and tags of all pages: dates, lights, numbers with their unit, photos."""

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from wenming.common import clock, money
from wenming.records.cases import queries as case_queries
from wenming.records.cases.models import Case

register = template.Library()

SHAPES = {"green": "●", "yellow": "▲", "red": "■", "still": "‖"}
WORDS = dict(case_queries.LIGHTS)


@register.filter
def when(at: datetime | None) -> str:
    """11月22日 周日 14:30; a dash for nothing; the year where it is another one."""
    if at is None:
        return "—"
    text = clock.show_time(at)
    return (
        text if clock.local(at).year == clock.local(clock.now()).year else f"{clock.local(at).year}年{text}"
    )


@register.filter
def day(value: date | None) -> str:
    """11月22日 周日."""
    return clock.show_date(value) if value else "—"


@register.filter
def plain(value: Decimal | int | None) -> str:
    """A number without trailing zeros, thousands grouped as the trade writes them (none)."""
    if value is None:
        return "—"
    return f"{Decimal(value).normalize():f}"


@register.filter
def yuan(value: Decimal | str | None) -> str:
    """12.5 万元; also for the text that a waiting request holds."""
    return money.shown(Decimal(value)) if value else "—"


@register.simple_tag
def light(case: Case, now: datetime) -> SafeString:
    """Colour, shape and word, so that it survives print and colour blindness."""
    colour = case_queries.light(case, now)
    return format_html(
        '<span class="light light-{}"><span aria-hidden="true">{}</span> {}</span>',
        colour,
        SHAPES[colour],
        WORDS[colour],
    )


@register.simple_tag
def new_key() -> str:
    """A key for a form opened now."""
    return str(uuid.uuid4())


@register.simple_tag
def photo_url(photo: Any, size: str = "thumb") -> str:
    """Address of a photo: thumb, page (clean copy), strip (with number, time, place below)."""
    return reverse("kit:photo", args=[photo.uuid, size])


@register.filter
def get(mapping: dict[Any, Any], key: Any) -> Any:
    """mapping[key], or nothing."""
    return mapping.get(key)
