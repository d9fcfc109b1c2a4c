"""Fairness: do rankings find the truth, and does hiding problems pay? Twelve communities, two hundred worlds.

A world is one month of streets whose true state is known, because it is simulated: problems come up at the places of a
community, are noticed, reported or kept quiet, fixed soon or late, seen by inspectors, come back. What the books learn
of it is written as events, and the real engine scores them by real rule books. The truth is the share of place-days
with a problem. Everything is drawn from seeds: the same run gives the same table.

Behaviours (the street is the same for the first three; only what is told differs):
- honest: what the community finds itself it reports, then fixes;
- hides: finds and fixes just so, reports nothing;
- floods: as honest, and reports three trivial things, fixed at once, for every real one;
- sprints: leaves things lying, but clears most places on the eve of an announced inspection.
"""

import random
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from bench.rows import Row
from wenming.ledger import periods
from wenming.outcomes.scoring import engine, reading
from wenming.outcomes.scoring.book import Book
from wenming.outcomes.scoring.facts import Event, Facts, Unit

HERE = Path(__file__).resolve().parent
SAMPLES = HERE.parent / "packs" / "scoring" / "samples"
BOOKS = {
    "按问题总数": HERE / "books" / "raw-counts.yaml",
    "种子的规则": SAMPLES / "seed.yaml",
    "公平样例": SAMPLES / "fair.yaml",
}
HONEST, HIDES, FLOODS, SPRINTS = "honest", "hides", "floods", "sprints"
BEHAVIOURS = (HONEST, HIDES, FLOODS, SPRINTS)
COMMUNITIES, DAYS, WORLDS = 12, 31, 200
MONTH, AS_OF = periods.parse("2026-10"), date(2026, 11, 5)
FIRST = date(2026, 10, 1)
DEADLINE = 3  # days; also how long a reported problem is "already in hand" for an inspector (handbook §2.4)


@dataclass(frozen=True)
class Community:
    """`quality` 0–1: how rarely problems come up and how soon they are fixed. Places differ fivefold in number."""

    code: str
    quality: float
    places: int
    behaviour: str


@dataclass
class Problem:
    """At a place from a day on; `told`: the community reported it itself; `gone`: the day it was fixed."""

    place: int
    since: int
    noticed: int
    gone: int
    told: bool


@dataclass(frozen=True)
class Find:
    """A thing seen: by whom, where, on which day, on which visit."""

    name: str
    level: str
    place: int
    day: int
    visit: str = ""


def communities(world: int) -> list[Community]:
    """Twelve, three of each behaviour; quality and size have nothing to do with behaviour."""
    rng = random.Random(f"{world}")
    kinds = [kind for kind in BEHAVIOURS for _ in range(COMMUNITIES // len(BEHAVIOURS))]
    rng.shuffle(kinds)
    return [
        Community(f"c{n:02}", rng.uniform(0.2, 0.95), rng.randint(5, 40), kind)
        for n, kind in enumerate(kinds)
    ]


def streets(who: Community, world: int) -> list[Problem]:
    """What really happens at the places in the month."""
    rng = random.Random(f"{world}/{who.code}/street")
    found = []
    for place in range(who.places):
        # Some lanes are worse than others within every community.
        rate = (0.3 + 3.0 * (1 - who.quality)) * rng.uniform(0.5, 1.5) / DAYS
        for day in range(DAYS):
            if rng.random() < rate:
                noticed = day + 1 + int(rng.expovariate(1 / 3))
                taken = int(rng.expovariate(1 / (1 + 5 * (1 - who.quality))))
                slow = 10 if who.behaviour == SPRINTS else 0
                told = who.behaviour in (HONEST, FLOODS)
                found.append(Problem(place, day, noticed, noticed + taken + slow, told))
    return found


def month(who: Community, world: int) -> tuple[list[Event], float]:
    """Everything the books learn of a community, and the truth: the share of place-days with a problem."""
    problems = streets(who, world)
    rng = random.Random(f"{world}/{who.code}/office")
    events = list(_told(who, problems)) + list(_seen(who, problems, rng))
    dirty = {
        (problem.place, day) for problem in problems for day in range(problem.since, min(problem.gone, DAYS))
    }
    return events, len(dirty) / (who.places * DAYS)


def _told(who: Community, problems: Sequence[Problem]) -> Iterator[Event]:
    """What the community reports of itself, with what became of it; a flood is trivial and fixed at once."""
    for number, problem in enumerate(problems):
        if not problem.told or problem.noticed >= DAYS:
            continue
        yield from _case(who, Find(f"s{number}", "self", problem.place, problem.noticed), problem.gone)
        if who.behaviour == FLOODS:
            for extra in range(3):
                yield from _case(
                    who, Find(f"t{number}-{extra}", "self", problem.place, problem.noticed), problem.noticed
                )


def _seen(who: Community, problems: list[Problem], rng: random.Random) -> Iterator[Event]:
    """Four rounds of the town and one of the county: sampled places, and what is found there and not yet in hand."""
    # Drawn before anything depends on behaviour, so that a community that changes its ways meets the same visits.
    rounds = [(day, "town", rng.randint(1, 4)) for day in sorted(rng.sample(range(3, DAYS), 4))]
    rounds.append((rng.randrange(10, DAYS), "county", 2))
    for number, (day, level, sites) in enumerate(rounds):
        announced = rng.random() < 0.5
        for site in range(sites):
            place = rng.randrange(who.places)
            luck = rng.random()
            visit = Find(f"{number}-{site}", level, place, day, f"{number}")
            yield _event(who, "site", visit)
            for index, problem in enumerate(problems):
                if problem.place != place or not problem.since <= day < problem.gone:
                    continue
                if who.behaviour == SPRINTS and announced and luck < 0.7:
                    problem.gone = day  # cleared the evening before; it comes back to its ways afterwards
                    continue
                in_hand = problem.told and problem.noticed <= day <= problem.noticed + DEADLINE
                if in_hand or rng.random() > 0.9:
                    continue
                fixed = day + int(rng.expovariate(1 / (1 + 4 * (1 - who.quality))))
                find = replace(visit, name=f"v{number}-{site}-{index}")
                yield from _case(who, find, fixed)
                problem.gone = min(problem.gone, fixed)
                if fixed < DAYS - 5 and rng.random() < 0.5 * (1 - who.quality):
                    again = fixed + rng.randint(1, 5)
                    yield _event(who, "relapsed", replace(find, day=again))


def _case(who: Community, find: Find, fixed: int) -> Iterator[Event]:
    """A find with its deadline and its rectification, on the days on which the ledger books them."""
    yield _event(who, "found", find)
    due = find.day + DEADLINE
    if due < DAYS:
        yield _event(who, "due", replace(find, day=due))
        if fixed <= due:
            yield _event(who, "fixed_in_time", replace(find, day=due))
    if fixed < DAYS:
        yield _event(who, "fixed", replace(find, day=fixed))


def _event(who: Community, kind: str, find: Find) -> Event:
    return Event(
        id=f"{who.code}-{kind}-{find.name}", kind=kind, unit=who.code, on=FIRST + timedelta(days=min(find.day, DAYS - 1)),
        by_level=find.level, place=f"点{find.place}", category="06010", inspection=find.visit, attrs={"spot": False},
    )  # fmt: skip


def places_by(
    book: Book, members: Sequence[Community], world: int
) -> tuple[dict[str, float], dict[str, float]]:
    """({code: score, None counted as the mean}, {code: truth}) of one world under one book."""
    told, truth = [], {}
    for who in members:
        events, dirty = month(who, world)
        told += events
        truth[who.code] = dirty
    facts = Facts(
        {who.code: Unit(who.code, who.code, "社区") for who in members},
        tuple(told),
    )
    sheets = engine.score(book, facts, period=MONTH, as_of=AS_OF)
    known = [float(sheet.exact) for sheet in sheets if sheet.exact is not None]
    middle = statistics.fmean(known)
    return {s.unit: middle if s.exact is None else float(s.exact) for s in sheets}, truth


def agreement(book: Book, world: int) -> float:
    """Spearman's rank correlation between the scores and how clean the streets really were."""
    scores, truth = places_by(book, communities(world), world)
    codes = sorted(scores)
    return statistics.correlation([scores[c] for c in codes], [-truth[c] for c in codes], method="ranked")


def hiding_pays(book: Book, world: int) -> float:
    """Places gained (more is better for it) by an honest community that begins to hide; everybody else the same."""
    members = communities(world)
    chosen = next(n for n, who in enumerate(members) if who.behaviour == HONEST)
    hidden = list(members)
    hidden[chosen] = Community(**{**vars(members[chosen]), "behaviour": HIDES})
    code = members[chosen].code
    before, _ = places_by(book, members, world)
    after, _ = places_by(book, hidden, world)
    return place(before, code) - place(after, code)


def place(scores: dict[str, float], code: str) -> float:
    """1 is best; equal scores share the middle of their places."""
    better = sum(score > scores[code] for score in scores.values())
    equal = sum(score == scores[code] for score in scores.values())
    return 1 + better + (equal - 1) / 2


def table(worlds: int) -> dict[str, tuple[float, float, float]]:
    """{rule: (mean correlation, its 5th percentile, mean places gained by hiding)} over `worlds` worlds."""
    found = {}
    for name, path in BOOKS.items():
        book = reading.read(path)
        rhos = sorted(agreement(book, world) for world in range(worlds))
        gains = [hiding_pays(book, world) for world in range(worlds)]
        found[name] = (statistics.fmean(rhos), rhos[int(0.05 * worlds)], statistics.fmean(gains))
    return found


def measure(_url: str, *, quick: bool = False) -> Iterator[Row]:
    """For `make bench`: the table as rows."""
    worlds = 40 if quick else WORLDS
    found = table(worlds)
    raw = found["按问题总数"][0]
    for name, (rho, low, gain) in found.items():
        ours = name == "公平样例"
        note = f"{worlds} 个世界，5% 分位 {low:.2f}"
        yield Row(
            f"与真实情况的等级相关：{name}", rho, "", raw + 0.2 if ours else None, at_least=True, note=note
        )
        yield Row(f"瞒报的好处：{name}", gain, "个名次", 0.0 if ours else None, note="正数是瞒报得利")
