"""From a few words to the category that is meant: pure functions, no database.

A reporter types ten characters (handbook §0 no. 9); the machine offers up to three categories and the person
chooses (D28). The longest word found wins, and a shorter word that only lies inside a longer one says nothing:
「非机动车乱停放」 is not 「机动车乱停放」. A category steps back when one of its excluding words is said, which
keeps apart what is often mixed up (暴露垃圾、垃圾满溢、渣土; handbook §3.4). The bare name of a component tells
where rather than what, so it comes after everything else: 「路灯杆上贴小广告」 is about the 小广告.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Span = tuple[int, int]

_BRACKETS = re.compile(r"[（(][^）)]*[）)]")
_DROPPED = re.compile(r"[\s,，。、；;：:！!？?…·“”\"'（）()\-]+")


def plain(text: str) -> str:
    """`text` as it is compared: full-width letters made half, lower case, no spaces, no punctuation."""
    return _DROPPED.sub("", unicodedata.normalize("NFKC", text).lower())


@dataclass(frozen=True, slots=True)
class Entry:
    """One word of the index. Every part must be said, each in one of its ways; usually there is one part."""

    parts: tuple[tuple[str, ...], ...]
    owner: int
    bare: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A word found in the text: its characters there, and the category it speaks for."""

    owner: int
    bare: bool
    spans: tuple[Span, ...]
    word: str
    length: int


class Index:
    """The words of all categories of a pack, ready for searching."""

    def __init__(self, categories: Iterable[Any]) -> None:
        """`categories`: anything with name, component, aliases, words and excludes; order breaks ties."""
        self.categories = list(categories)
        self.entries: list[Entry] = []
        self.excludes: list[tuple[str, ...]] = []
        for number, category in enumerate(self.categories):
            said = {category.name, _BRACKETS.sub("", category.name), *category.aliases, *category.words}
            for word in sorted(said):
                self.entries.append(Entry(parts(word), number, bare=False))
            if category.component:
                names = {category.component, _BRACKETS.sub("", category.component)}
                self.entries += [Entry(parts(name), number, bare=True) for name in sorted(names)]
            self.excludes.append(tuple(word for word in map(plain, category.excludes) if word))

    def search(self, text: str, limit: int = 3) -> list[tuple[Any, str]]:
        """At most `limit` categories for `text`, best first, each with the word that spoke for it."""
        text = plain(text)
        found = [hit for entry in self.entries if (hit := _look(entry, text))]
        found = [hit for hit in found if not any(word in text for word in self.excludes[hit.owner])]
        places = {span for hit in found for span in hit.spans}
        found = [hit for hit in found if not _hidden(hit, places)]
        found.sort(key=lambda hit: (hit.bare, -hit.length, "…" in hit.word, hit.owner))
        chosen: dict[int, str] = {}
        for hit in found:
            chosen.setdefault(hit.owner, hit.word)
            if len(chosen) == limit:
                break
        return [(self.categories[owner], word) for owner, word in chosen.items()]


def parts(word: str) -> tuple[tuple[str, ...], ...]:
    """`电动车+乱停/乱放` → (("电动车",), ("乱停", "乱放")). An empty part or way gives an empty tuple."""
    split = [[plain(way) for way in part.split("/")] for part in word.split("+")]
    if not all(way for part in split for way in part):
        return ()
    # The longest way first, so that 「门外」 is not reported where 「门外摆」 was said.
    return tuple(tuple(sorted(part, key=lambda way: (-len(way), way))) for part in split)


def _look(entry: Entry, text: str) -> Found | None:
    spans: list[Span] = []
    for part in entry.parts:
        for way in part:
            start = text.find(way)
            if start >= 0:
                spans.append((start, start + len(way)))
                break
        else:
            return None
    if not spans:
        return None
    if len(entry.parts) > 1:
        word = "…".join(text[start:end] for start, end in sorted(spans))
        return Found(entry.owner, entry.bare, tuple(spans), word, len(word) - len(spans) + 1)
    way = text[slice(*spans[0])]
    return Found(entry.owner, entry.bare, _everywhere(way, text), way, len(way))


def _everywhere(way: str, text: str) -> tuple[Span, ...]:
    """All places of `way`: a word is hidden only when it is hidden everywhere."""
    return tuple((match.start(), match.end()) for match in re.finditer(re.escape(way), text))


def _hidden(hit: Found, places: set[Span]) -> bool:
    """Whether every place of `hit` lies inside a longer one."""
    return all(
        any(start <= span[0] and span[1] <= end and end - start > span[1] - span[0] for start, end in places)
        for span in hit.spans
    )
