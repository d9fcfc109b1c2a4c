"""Lists to choose from, written without a template: Django includes one for every single option.

The filter bar of the case ledger has a hundred options and more, which took longer than the rows below it.
The HTML is Django's own.
"""

from html import escape
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.safestring import SafeString, mark_safe


def quick(widget: forms.Widget) -> forms.Widget:
    """The same widget, drawn faster, where there is a faster one."""
    if type(widget) is forms.Select:
        return QuickSelect(attrs=widget.attrs, choices=widget.choices)
    if type(widget) is forms.CheckboxSelectMultiple:
        return QuickChecks(attrs=widget.attrs, choices=widget.choices)
    return widget


class QuickSelect(forms.Select):
    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:  # noqa: ARG002
        """The list as HTML."""
        chosen = {str(one) for one in self.format_value(value)}
        inner = "".join(_group(label, options, chosen) for label, options in self.choices)
        own = flatatt(self.build_attrs({"name": name, **self.attrs}, attrs))
        return mark_safe(f"<select{own}>{inner}</select>")  # noqa: S308 - every piece has been escaped


def _group(label: Any, options: Any, chosen: set[str]) -> str:
    """One option (value, label), or a heading with its options."""
    if not isinstance(options, list | tuple):
        said = str(label) if label is not None else ""
        mark = " selected" if said in chosen else ""
        return f'<option value="{escape(said)}"{mark}>{escape(str(options))}</option>'
    inner = "".join(_group(said, below, chosen) for said, below in options)
    return f'<optgroup label="{escape(str(label))}">{inner}</optgroup>'


class QuickChecks(forms.CheckboxSelectMultiple):
    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:  # noqa: ARG002
        """The boxes as HTML."""
        chosen = {str(one) for one in self.format_value(value)}
        own = self.build_attrs(self.attrs, attrs)
        key = escape(str(own.pop("id", "")))
        look = flatatt(own)
        boxes = "".join(
            f'<div><label for="{key}_{n}"><input type="checkbox" name="{escape(name)}" value="{escape(str(code))}"'
            f'{look} id="{key}_{n}"{" checked" if str(code) in chosen else ""}> {escape(str(label))}</label></div>'
            for n, (code, label) in enumerate(self.choices)
        )
        return mark_safe(f'<div id="{key}">{boxes}</div>')  # noqa: S308 - every piece has been escaped
