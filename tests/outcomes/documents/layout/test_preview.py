import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from wenming.outcomes.documents.layout import preview
from wenming.outcomes.documents.layout.spec import (
    Attachment,
    Column,
    Paragraph,
    Photo,
    PhotoPair,
    Run,
    Table,
    runs,
)

STYLESHEET = Path(__file__).parents[4] / "frontend" / "src" / "document.css"
VOID = {"br", "hr", "img", "col"}


class Reader(HTMLParser):
    """Reads the markup and refuses tags that do not close in order."""

    def __init__(self):
        super().__init__()
        self.open, self.found, self.text = [], [], ""

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def read(doc, **more):
    reader = Reader()
    reader.feed(preview.html(doc, lambda key: f"/figures/{key}?a=1&b=2", **more))
    assert reader.open == []
    return reader


def test_figures_are_links_to_their_page(samples):
    links = [attrs for tag, attrs in read(samples.bulletin(pairs=1)).found if tag == "a"]
    assert [link["href"] for link in links] == [
        f"/figures/{key}?a=1&b=2" for key in ("points", "found", "fixed", "rate")
    ]
    assert {link["class"] for link in links} == {"figure"}


def test_hand_typed_and_blank_places_are_marked(samples):
    doc = replace(
        samples.minutes(), blocks=(Paragraph(runs("共", Run("17", hand_typed=True), "处，会议**次")),)
    )
    marks = [attrs["class"] for tag, attrs in read(doc).found if tag == "mark"]
    assert marks == ["hand-typed", "gw-blank"]


def test_everything_typed_is_escaped(samples):
    evil = '<script>alert(1)</script>"&'
    doc = replace(
        samples.bulletin(pairs=0),
        title=evil,
        number=evil,
        addressee=evil,
        signature=evil,
        note=evil,
        cc=(evil,),
        printed_by=evil,
        copy_no=evil,
        signer=evil,
        letterhead=replace(samples.bulletin().letterhead, issuer=evil),
        blocks=(
            Paragraph(runs(evil, Run(evil, figure='"><b>'))),
            Table((Column(evil),), ((evil,),), title=evil, unit_note=evil),
            PhotoPair(Photo(b"", evil, key=evil), None, evil),
        ),
        attachments=(Attachment(evil, (Paragraph(runs(evil)),)),),
    )
    reader = read(doc, photo_url=lambda photo: f"/photos/{photo.key}")
    assert "script" not in {tag for tag, _ in reader.found}
    assert reader.text.count("<script>") > 12
    assert [attrs["href"] for tag, attrs in reader.found if tag == "a"] == ['/figures/"><b>?a=1&b=2']


def test_nothing_is_inlined(samples):
    """A strict content security policy allows neither inline styles nor scripts nor data addresses."""
    for name in ("bulletin", "letter", "minutes", "joint", "summary"):
        for tag, attrs in read(
            getattr(samples, name)(), photo_url=lambda photo: photo.key or "/photos/1"
        ).found:
            assert tag not in ("style", "script")
            assert not any(key == "style" or key.startswith("on") for key in attrs)
            assert not attrs.get("src", "").startswith("data:")


def test_photos_come_from_the_callers_address(samples):
    pair = PhotoPair(Photo(b"", "整改前", key="a1"), None, "凤山路")
    reader = read(replace(samples.minutes(), blocks=(pair,)), photo_url=lambda photo: f"/photos/{photo.key}")
    assert [attrs["src"] for tag, attrs in reader.found if tag == "img"] == ["/photos/a1"]
    assert "（暂无整改后照片）" in reader.text
    assert "图1　凤山路" in reader.text


def test_preview_says_what_the_word_file_says(samples):
    doc = samples.joint()
    text = read(doc).text
    for part in (
        doc.number,
        "签发人：陈志远",
        "县委、县政府：",
        "各社区整改情况",
        "单位：处",
        "全年问题台账",
        "2026年11月22日印发",
    ):
        assert part in text, part
    assert [tag for tag, attrs in read(doc).found if attrs.get("class", "").startswith("gw-page")] == [
        "article"
    ] * 3


def test_every_class_of_the_markup_is_in_the_stylesheet(samples):
    known = set(re.findall(r"\.([a-zA-Z][\w-]*)", STYLESHEET.read_text(encoding="utf-8")))
    used = set()
    for name in ("bulletin", "letter", "minutes", "joint", "summary"):
        for _, attrs in read(getattr(samples, name)()).found:
            used |= set(attrs.get("class", "").split())
    # Names that only tell the kind apart, for whoever wants to style it.
    assert (
        used - known
        == {"gw-document", "gw-minutes", "gw-plain", "gw-head", "gw-addressee", "gw-copy-no"} - known
    )
