"""Sections, margins and page numbers (GB/T 9704 §5, §7.5, §8)."""

from wenming.outcomes.documents.layout import measure, wordml
from wenming.outcomes.documents.layout.package import NAMESPACES
from wenming.outcomes.documents.layout.press import Press
from wenming.outcomes.documents.layout.wordml import Box, Look, Setting

# The rule of one character stands 7 mm below the type area. Its place within the exact line of the footer
# was measured on rendered pages; the footer's own distance is therefore not 7 mm (handbook §6.6.4).
_FOOTER_LINE = 16.0
_FOOTER_DISTANCE_MM = 25.0
_NUMBER_LOOK = Look(face=measure.SONG, size=measure.SMALL)

_MARGINS = {
    # top, right, bottom, left. A turned page keeps the paper's own margins (§8), seen from the side.
    False: (measure.TOP, measure.RIGHT, measure.BOTTOM, measure.LEFT),
    True: (measure.LEFT, measure.TOP, measure.RIGHT, measure.BOTTOM),
}
LANDSCAPE_WIDTH = measure.mm_points(measure.PAGE_HEIGHT - measure.TOP - measure.BOTTOM)


def _number() -> str:
    return wordml.run("— ", _NUMBER_LOOK) + wordml.page_field(_NUMBER_LOOK) + wordml.run(" —", _NUMBER_LOOK)


def _footer(align: str) -> str:
    """「— 1 —」 one character from the outer edge: right on odd pages, left on even ones."""
    side = measure.SMALL
    setting = Setting(
        align=align,
        line=_FOOTER_LINE,
        left=side if align == "left" else 0,
        right=side if align == "right" else 0,
    )
    return f"<w:ftr {NAMESPACES}>{wordml.paragraph(_number(), setting)}</w:ftr>"


def _empty(tag: str) -> str:
    return f"<w:{tag} {NAMESPACES}>{wordml.paragraph('', Setting(line=1))}</w:{tag}>"


def _turned_footer(align: str) -> str:
    """The number of a turned page: where it stands on an upright one, so at the left edge, turned with the text.

    A table of one cell tied to the page carries it, because a footer itself only runs along the bottom.
    """
    length = measure.mm_points(measure.TYPE_WIDTH)
    thick = 20.0
    # The foot of the upright page is the left edge of the turned one.
    left = measure.mm_points(measure.BOTTOM - 7) - thick / 2
    setting = Setting(
        align=align,
        line=_FOOTER_LINE,
        left=measure.SMALL if align == "left" else 0,
        right=measure.SMALL if align == "right" else 0,
    )
    cell = Box(wordml.paragraph(_number(), setting), thick, direction="tbRl")
    place = (
        '<w:tblpPr w:leftFromText="0" w:rightFromText="0" w:vertAnchor="page" w:horzAnchor="page" '
        f'w:tblpX="{measure.twips(left)}" w:tblpY="{measure.mm_twips(measure.LEFT)}"/><w:tblOverlap w:val="never"/>'
    )
    carried = wordml.table([wordml.row([cell], height=length, exact=True)], [thick], place=place)
    return f"<w:ftr {NAMESPACES}>{carried}{wordml.paragraph('', Setting(line=1))}</w:ftr>"


class Sections:
    """Makes the section properties of a document; parts for footers are added once, when first needed."""

    def __init__(self, press: Press, *, first_header: str = "") -> None:
        self._press = press
        self._footers: dict[bool, str] = {}
        self._first = ""
        if first_header:
            package = press.package
            header = package.part("header", "header_first", f"<w:hdr {NAMESPACES}>{first_header}</w:hdr>")
            footer = package.part("footer", "footer_first", _empty("ftr"))
            self._first = f'<w:headerReference w:type="first" r:id="{header}"/><w:footerReference w:type="first" r:id="{footer}"/>'

    def _references(self, *, landscape: bool) -> str:
        if landscape not in self._footers:
            make = _turned_footer if landscape else _footer
            kind = "turned" if landscape else "upright"
            self._footers[landscape] = "".join(
                f'<w:footerReference w:type="{pages}" '
                f'r:id="{self._press.package.part("footer", f"footer_{kind}_{pages}", make(align))}"/>'
                for pages, align in (("even", "left"), ("default", "right"))
            )
        return self._footers[landscape]

    def properties(self, *, landscape: bool = False) -> str:
        """The `sectPr` of the section that ends here."""
        first, self._first = self._first, ""
        width, height = measure.mm_twips(measure.PAGE_WIDTH), measure.mm_twips(measure.PAGE_HEIGHT)
        size = f'w:w="{width}" w:h="{height}"'
        if landscape:
            size = f'w:w="{height}" w:h="{width}" w:orient="landscape"'
        top, right, bottom, left = (measure.mm_twips(side) for side in _MARGINS[landscape])
        distance = measure.mm_twips(_FOOTER_DISTANCE_MM if not landscape else 10)
        return (
            f"<w:sectPr>{first}{self._references(landscape=landscape)}"
            f'<w:type w:val="nextPage"/><w:pgSz {size}/>'
            f'<w:pgMar w:top="{top}" w:right="{right}" w:bottom="{bottom}" w:left="{left}" '
            f'w:header="{measure.mm_twips(15)}" w:footer="{distance}" w:gutter="0"/>'
            f'<w:cols w:space="0"/>{"<w:titlePg/>" if first else ""}'
            f'<w:docGrid w:type="lines" w:linePitch="{measure.twips(measure.LINE)}"/></w:sectPr>'
        )

    def break_here(self, *, landscape: bool) -> str:
        """An (almost) heightless paragraph that ends the section."""
        return wordml.paragraph(
            "", Setting(line=measure.HAIRLINE), section=self.properties(landscape=landscape)
        )
