"""The quick lists draw what Django draws."""

import pytest
from django import forms
from django.test.html import parse_html

from wenming.faces.desk import widgets

OPTIONS = [("", "不限"), ("社区", [("a", "东门<社区>"), ("b", "西街社区")]), ("c", "其他")]


@pytest.mark.parametrize("chosen", ["", "b", "c", None, "没有的"])
def test_select_is_drawn_as_django_draws_it(chosen: str | None) -> None:
    plain = forms.Select(attrs={"class": "form-select"}, choices=OPTIONS)
    said = {"id": "id_unit", "required": True}
    drawn = widgets.quick(plain).render("unit", chosen, said)
    assert parse_html(drawn) == parse_html(plain.render("unit", chosen, said))


@pytest.mark.parametrize("chosen", [[], ["a"], ["a", "c"], None])
def test_boxes_are_drawn_as_django_draws_them(chosen: list[str] | None) -> None:
    plain = forms.CheckboxSelectMultiple(choices=[("a", "待受理"), ("b", "不予<受理>"), ("c", "结案")])
    drawn = widgets.quick(plain).render("state", chosen, {"id": "id_state"})
    assert parse_html(drawn) == parse_html(plain.render("state", chosen, {"id": "id_state"}))


def test_other_widgets_stay_as_they_are() -> None:
    line = forms.TextInput()
    assert widgets.quick(line) is line
