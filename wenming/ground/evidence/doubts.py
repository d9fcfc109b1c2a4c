"""Doubts about a photo: reasons for a person to look again, never a verdict (handbook D8, D28; peers §2.2).

Pure functions on one photo; what needs other photos is asked in `queries.doubts`.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from wenming.common import clock
from wenming.ground.evidence import states

if TYPE_CHECKING:
    from wenming.ground.evidence.models import Photo

# Distance between photo and place that is worth a word, beyond what the phone itself calls its error.
FAR_M = 200
# Clocks of phones go wrong by minutes; a photo "from the future" by less than this is nobody's doubt.
CLOCK_SLACK = timedelta(minutes=15)
# A photo of the problem is normally some minutes older than the case; a day is worth a word.
OLD = timedelta(days=1)
# Two photos of one place from one spot differ by more than this; re-saving one photo does not.
SAME_SHOT_BITS = 2
SENTENCES = {
    "exif_unreadable": "疑点：照片自带的拍摄信息损坏，读不出时间和位置。",
    "gps_unreadable": "疑点：照片自带的位置损坏，读不出来，已不采用。",
    "gps_off_planet": "疑点：照片自带的位置不在地球上，已不采用。",
    "from_album": "疑点：照片从相册选取，不是现场拍摄。",
}
EDITORS = (
    "photoshop", "lightroom", "gimp", "snapseed", "picsart", "meitu", "美图", "醒图", "canva", "facetune",
    "affinity", "pixelmator", "paint.net", "acdsee", "光影魔术手", "稿定", "photodirector", "polarr",
)  # fmt: skip


@dataclass(frozen=True)
class Doubt:
    """`code` for filters and exports, `sentence` for the page; it begins with 「疑点：」."""

    code: str
    sentence: str


def at_reading(photo: "Photo") -> Iterator[Doubt]:
    """What was odd about the file itself when it came in."""
    for code in photo.doubts:
        yield Doubt(code, SENTENCES[code])
    if photo.source == states.ALBUM:
        yield Doubt("from_album", SENTENCES["from_album"])
    editor = next((name for name in EDITORS if name in photo.software.lower()), None)
    if editor:
        yield Doubt("edited", f"疑点：照片经图像软件处理过（{photo.software}）。")


def of_time(photo: "Photo", case_opened_at: datetime | None) -> Iterator[Doubt]:
    """Taken after it was received, or long before what it is meant to show."""
    taken = photo.taken_at
    if taken is None:
        return
    if taken > photo.received_at + CLOCK_SLACK:
        yield Doubt(
            "taken_in_future",
            f"疑点：照片自带的拍摄时间（{clock.show_full(taken)}）晚于收到的时间，手机时钟可能不准。",
        )
    if case_opened_at is None:
        return
    # An after-photo cannot be older than the case; a photo of the problem comes before it as a rule.
    slack = CLOCK_SLACK if photo.role == states.AFTER else OLD
    if taken < case_opened_at - slack:
        yield Doubt(
            "older_than_case",
            f"疑点：照片拍摄于 {clock.show_full(taken)}，早于立案时间 {clock.show_full(case_opened_at)}。",
        )


def of_place(photo: "Photo", place: tuple[float, float] | None) -> Iterator[Doubt]:
    """`place` is (lat, lng) in WGS-84. An error of 0 m or none given counts as 0: to be looked at, no more."""
    if place is None or photo.lat is None or photo.lng is None:
        return
    away = metres((photo.lat, photo.lng), place)
    if away > FAR_M + (photo.accuracy_m or 0):
        shown = f"{away / 1000:.1f} 公里" if away >= 1000 else f"{away:.0f} 米"
        yield Doubt("far_from_place", f"疑点：照片位置离点位约 {shown}（超过 {FAR_M} 米加定位误差）。")


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Great-circle distance of two (lat, lng) in metres (haversine, mean radius 6,371,008.8 m)."""
    lat1, lat2 = math.radians(one[0]), math.radians(other[0])
    half = (
        math.sin((lat2 - lat1) / 2) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin(math.radians(other[1] - one[1]) / 2) ** 2
    )
    return 2 * 6_371_008.8 * math.asin(math.sqrt(min(1.0, half)))
