"""Sample documents, and their PDFs where this machine can make them."""

import importlib.util
import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pdfplumber
import pytest

from wenming.outcomes.documents.layout import docx, measure, pdf
from wenming.outcomes.documents.layout.spec import Official


def _beside(name: str) -> ModuleType:
    """A module of this folder; the folder is no package (importmode=importlib)."""
    known = f"layout_tests_{name}"
    if known not in sys.modules:
        place = importlib.util.spec_from_file_location(known, Path(__file__).with_name(f"{name}.py"))
        module = importlib.util.module_from_spec(place)
        sys.modules[known] = module
        place.loader.exec_module(module)
    return sys.modules[known]


@pytest.fixture(scope="session")
def samples() -> ModuleType:
    """The sample documents."""
    return _beside("samples")


@pytest.fixture(scope="session")
def ink() -> ModuleType:
    """The measuring of rendered pages."""
    return _beside("ink")


@pytest.fixture(scope="session")
def rendered() -> Iterator[Callable[[Official], pdfplumber.PDF]]:
    """Renders a document to an open PDF, once per document; skips where the machine cannot."""
    if pdf.converter() is None:
        pytest.skip("没有 LibreOffice，版面无法渲染测量")
    fangsong = pdf.stand_ins().get(measure.FANGSONG, measure.FANGSONG)
    if fangsong != measure.FANGSONG and "Fang" not in fangsong:
        pytest.skip(f"没有仿宋替代字体（现为 {fangsong}），量出的版面不可比")
    made: dict[Official, pdfplumber.PDF] = {}

    def render(doc: Official) -> pdfplumber.PDF:
        if doc not in made:
            made[doc] = pdfplumber.open(io.BytesIO(pdf.convert(docx.render(doc))))
        return made[doc]

    yield render
    for opened in made.values():
        opened.close()
