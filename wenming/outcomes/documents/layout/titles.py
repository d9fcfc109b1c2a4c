"""Breaking long titles: lines of near length that never cut a word (GB/T 9704 §7.3.1, 词意完整、梯形或菱形)."""

import re
from itertools import combinations, pairwise

from wenming.outcomes.documents.layout import measure

_PER_LINE = 20  # characters of 22 pt in 156 mm

# Words that titles of this trade are made of. A break inside one of them costs more than any unevenness.
_WORDS = re.compile(
    "全国文明城市|创建|全国|文明|城市|文明城市|工作|领导|小组|办公室|督查|巡查|暗访|检查|通报|情况|存在|问题|整改|落实|专项|整治|环境|卫生|"
    "考核|结果|评比|一体化|考评|年度|上半年|下半年|总结|计划|方案|实施|开展|进一步|加强|推进|印发|通知|报告|请示|批复|"
    "会议|纪要|社区|街道|乡镇|人民政府|委员会|集中|行动|红黑榜|督办|回复|更正|志愿|服务|责任书|第[一二三四五六七八九十0-9]+[期季周次批]|"
    "[0-9]+年|[0-9]+月|[0-9]+日|《[^》]*》|〔[^〕]*〕|（[^）]*）"
)
_GOOD_AFTER = "的》）、"
_GOOD_BEFORE = ("关于", "的通报", "的通知", "情况", "工作")
_NEVER_BEFORE = "的、》）〕，。”’"
_NEVER_AFTER = "《（〔“‘"


def _costs(title: str) -> list[float]:
    """What a break before each position costs, besides unevenness."""
    costs = [1.5] * (len(title) + 1)
    for position in range(1, len(title)):
        if title[position - 1] in _GOOD_AFTER:
            costs[position] = 0
        elif title.startswith(_GOOD_BEFORE, position):
            costs[position] = 0.8
        if title[position] in _NEVER_BEFORE or title[position - 1] in _NEVER_AFTER:
            costs[position] = 50
        if title[position - 1].isascii() and title[position].isascii():
            costs[position] = 50
    for start in range(len(title)):
        found = _WORDS.match(title, start)
        for inside in range(start + 1, found.end() if found else start):
            costs[inside] = max(costs[inside], 20)
    return costs


def lines(title: str) -> list[str]:
    """The title's lines. Breaks typed by the writer are kept; a title that fits one line stays whole."""
    if "\n" in title:
        return [line.strip() for line in title.split("\n") if line.strip()]
    title = title.strip()
    if measure.characters(title) <= _PER_LINE:
        return [title]
    if measure.characters(title) > 4 * _PER_LINE:
        return [title]  # no title: the checks complain, Word breaks it where it likes
    count = int(-(-measure.characters(title) // (_PER_LINE - 1)))
    costs = _costs(title)
    best, chosen = float("inf"), [title]
    # Few words fit into one line more; a fourth or fifth line is beyond any real title, so it is not searched.
    for extra in (0, 1) if count < 4 else (0,):
        for cuts in combinations(range(2, len(title) - 1), count + extra - 1):
            pieces = [title[a:b] for a, b in zip((0, *cuts), (*cuts, len(title)), strict=True)]
            cost = _unevenness(pieces) + sum(costs[cut] for cut in cuts) + extra * 15
            if cost < best:
                best, chosen = cost, pieces
    return chosen


def _unevenness(pieces: list[str]) -> float:
    widths = [measure.characters(piece) for piece in pieces]
    if max(widths) > _PER_LINE:
        return float("inf")
    # Lines of exactly one length make a block; the standard wants a trapezium or a diamond.
    block = 1.0 if len(set(widths)) == 1 else 0.0
    return block + sum(abs(a - b) for a, b in pairwise(widths)) * 0.5
