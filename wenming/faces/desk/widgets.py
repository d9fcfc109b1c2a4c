"""Lists to choose from, written without a template: Django includes one for every single option.

The filter bar of the case ledger has a hundred options and more, which took longer than the rows below it.
The HTML is Django's own.
"""

from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


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
        inner = format_html_join(
            "", "{}", ((_group(label, options, chosen),) for label, options in self.choices)
        )
        own = flatatt(self.build_attrs({"name": name, **self.attrs}, attrs))
        return format_html("<select{}>{}</select>", own, inner)


def _group(label: Any, options: Any, chosen: set[str]) -> SafeString:
    """One option (value, label), or a heading with its options."""
    if not isinstance(options, list | tuple):
        said = str(label) if label is not None else ""
        return format_html(
            '<option value="{}"{}>{}</option>', said, " selected" if said in chosen else "", options
        )
    inner = format_html_join("", "{}", ((_group(said, below, chosen),) for said, below in options))
    return format_html('<optgroup label="{}">{}</optgroup>', label, inner)


class QuickChecks(forms.CheckboxSelectMultiple):
    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:  # noqa: ARG002
        """The boxes as HTML."""
        chosen = {str(one) for one in self.format_value(value)}
        own = self.build_attrs(self.attrs, attrs)
        key = own.pop("id", "")
        boxes = format_html_join(
            "", '<div><label for="{0}_{1}"><input type="checkbox" name="{2}" value="{3}"{4} id="{0}_{1}"{5}> {6}</label></div>',
            (
                (key, n, name, code, flatatt(own), " checked" if str(code) in chosen else "", label)
                for n, (code, label) in enumerate(self.choices)
            ),
        )  # fmt: skip
        return format_html('<div id="{}">{}</div>', key, boxes)
