"""All that a document is made of at one moment."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from wenming.outcomes.documents.material import Problem
from wenming.outcomes.documents.models import Document
from wenming.outcomes.documents.values import Shown

PhotoBytes = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Numbered:
    """The numbers a document has or, before issue, would get next."""

    year: int
    serial: int
    issue_no: int


@dataclass(frozen=True, slots=True)
class Ingredients:
    """Document, letterhead, figures, problems, numbers and days; `measures` are units a count may have."""

    document: Document
    head: Mapping[str, Any]
    figures: Mapping[str, Shown]
    problems: Sequence[Problem]
    measures: frozenset[str]
    numbered: Numbered
    dated: date
    printed_on: date
    signer: str = ""
