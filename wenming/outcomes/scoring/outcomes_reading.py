"""Reading what follows from the marks: grades, vetoes, flags, ranking, consequences, volunteers' accounts."""

import itertools
from decimal import Decimal
from typing import Any

from wenming.common.errors import DomainError
from wenming.common.packs import Reader
from wenming.outcomes.scoring import accounts, amounts, conditions, ranking, standing
from wenming.outcomes.scoring.book import RANKED, RATED, Band, Flag, Ranking, Veto
from wenming.outcomes.scoring.conditions import Condition
from wenming.outcomes.scoring.consequences import BOARDS, HIGHEST_CUT, Consequence, Trigger
from wenming.outcomes.scoring.faults import Faults
from wenming.outcomes.scoring.operators.common import Reading, amount, optional, positive
from wenming.outcomes.scoring.operators.rates import bands

OPS = {
    "proposal": "建议", "prizes": "按名次发奖", "per_point": "按分发奖", "ladder": "问责阶梯",
    "fee": "服务费", "wage": "绩效工资",
}  # fmt: skip


def read(body: Reader, reading: Reading, faults: Faults, *, rated: str) -> dict[str, Any]:
    """Keyword arguments of the book."""
    values: dict[str, Any] = {"grades": (), "ranking": None, "account": None}
    if "grades" in body.node:
        with faults.caught():
            values["grades"] = _grades(body)
    values["vetoes"] = _all(body, "vetoes", faults, lambda r: _veto(r, reading))
    values["flags"] = _all(body, "flags", faults, lambda r: _flag(r, reading))
    if "ranking" in body.node:
        with faults.caught():
            values["ranking"] = _ranking(body, rated)
    values["consequences"] = _all(body, "consequences", faults, lambda r: _consequence(r, reading, rated))
    if "account" in body.node:
        with faults.caught():
            body.raw("account")
            if rated != "account":
                raise body.fail("「account」（积分账户）只用于 rated.kind: account", "account")
            values["account"] = _account(body.child("account"), reading)
    return values


def _all(body: Reader, key: str, faults: Faults, read_one: Any) -> tuple[Any, ...]:
    found = []
    with faults.caught():
        for each in list(body.each(key, [])):
            with faults.caught():
                one = read_one(each)
                each.done()
                found.append(one)
    return tuple(found)


def _grades(body: Reader) -> tuple[Band, ...]:
    """Written from the lowest; each `below` its upper end."""
    found: list[Band] = []
    low: Decimal | None = None
    for each in body.each("grades"):
        high = optional(each, "below")
        if found and (found[-1].high is None or (high is not None and low is not None and high <= low)):
            raise each.fail("等次要从低到高写，两档不能重叠，最后一档不写「below」")
        found.append(Band(low, high, amounts.ZERO, each.text("title")))
        each.done()
        low = high
    if not found or found[-1].high is not None:
        raise body.fail("「grades」的最后一档不写「below」", "grades")
    return tuple(found)


def _veto(reader: Reader, reading: Reading) -> Veto:
    return Veto(
        reader.text("id"), reader.text("title"), reading.selector(reader), reader.integer("least", 1),
        reader.choice("effect", standing.EFFECTS), reader.line(),
    )  # fmt: skip


def _sheet_condition(reader: Reader, key: str) -> Condition | None:
    if key not in reader.node:
        return None
    try:
        return conditions.compiled(reader.text(key), variables=standing.VIEW)
    except DomainError as error:
        raise reader.fail(error.message, key) from None


def _flag(reader: Reader, reading: Reading) -> Flag:
    gain, lose = reader.child("gain"), reader.child("lose")
    found = Flag(
        id=reader.text("id"), title=reader.text("title"),
        gain_event=reading.selectors(gain, "when"), gain_places=gain.integer("first", 0),
        gain_if=_sheet_condition(gain, "if"), lose_event=reading.selectors(lose, "when"),
        lose_if=_sheet_condition(lose, "if"), lose_otherwise=lose.flag("not_gained_again", default=False),
        exempt=reader.flag("exempt", default=False), line=reader.line(),
    )  # fmt: skip
    gain.done()
    lose.done()
    if found.gain_event is None and not found.gain_places and found.gain_if is None:
        raise reader.fail("「gain」要写怎样得到：when（事件）、first（前几名）或 if（条件）", "gain")
    if found.lose_event is None and found.lose_if is None and not found.lose_otherwise:
        raise reader.fail("「lose」要写怎样收回：when、if 或 not_gained_again: true", "lose")
    return found


def _ranking(body: Reader, rated: str) -> Ranking:
    body.raw("ranking")
    if rated and rated not in RANKED:
        raise body.fail(f"不能给{RATED[rated]}排名：排名只对单位的结果（D6）", "ranking")
    reader = body.child("ranking")
    breakers = tuple(
        (each.text("item"), each.choice("better", ("more", "less")) == "more")
        for each in _done(reader, "tie_breakers")
    )
    least = None
    if "least_samples" in reader.node:
        child = reader.child("least_samples")
        least = (child.text("item"), child.integer("number"))
        child.done()
    found = Ranking(
        by_group=reader.choice("by", ("group", "all")) == "group", ties=reader.choice("ties", ranking.TIES),
        tie_breakers=breakers, least_samples=least, missing="", line=body.line("ranking"),
    )  # fmt: skip
    reader.done()
    return found


def _done(reader: Reader, key: str) -> list[Reader]:
    return list(reader.each(key, []))


def _trigger(reader: Reader, reading: Reading) -> Trigger:
    child = reader.child("if")
    found = Trigger(
        first=_place(child, "first"), last=_place(child, "last"), below=optional(child, "below"),
        at_least=optional(child, "at_least"), grades=tuple(child.texts("grades", [])),
        groups=tuple(child.texts("groups", [])), events=reading.selectors(child, "events"),
        least=child.integer("least", 1), condition=_sheet_condition(child, "condition"),
    )  # fmt: skip
    child.done()
    if found.below is not None and found.at_least is not None and found.below <= found.at_least:
        raise child.fail("没有一个分数既不低于 at_least 又低于 below，永远到不了", "below")
    if found == Trigger(None, None, None, None, (), (), None, 1, None):
        raise child.fail("「if」是空的：写 first、last、below、at_least、grades、groups、events 或 condition")
    return found


def _place(reader: Reader, key: str) -> int | None:
    if key not in reader.node:
        return None
    number = reader.integer(key)
    if number < 1:
        raise reader.fail(f"「{key}」至少是 1", key)
    return number


def _consequence(reader: Reader, reading: Reading, rated: str) -> Consequence:
    op = reader.text("op")
    if op not in OPS:
        raise reader.fail(
            f"不认识的后果「{op}」，可用：{'、'.join(f'{k}（{v}）' for k, v in OPS.items())}", "op"
        )
    values: dict[str, Any] = {
        "id": reader.text("id"), "title": reader.text("title"), "op": op, "line": reader.line(),
        "trigger": _trigger(reader, reading) if "if" in reader.node else None,
        "ground": reader.text("ground", ""), "share_by": reader.text("share_by", ""),
    }  # fmt: skip
    values["action"] = reader.text("action", "") if op == "ladder" else reader.text("action")
    if "board" in reader.node:
        values["board"] = reader.choice("board", BOARDS)
        if op != "proposal" or rated != "unit":
            raise reader.fail("红黑榜（board）只用于单位的 proposal，不列承包商、岗位和个人（D17）", "board")
    if op in ("proposal", "ladder") and values["trigger"] is None:
        raise reader.fail("要写「if」：什么情形下提出")
    if op in ("prizes", "fee") and rated in ("post", "account"):
        raise reader.fail(f"{RATED[rated]}不发名次奖、不扣服务费；保洁岗位用 wage（绩效系数，有下限）", "op")
    more = {"prizes": _prizes, "per_point": _per_point, "ladder": _ladder, "fee": _fee, "wage": _wage}.get(op)
    if op == "wage" and rated != "post":
        raise reader.fail("绩效工资只用于 rated.kind: post（保洁岗位）", "op")
    if more is not None:
        values |= more(reader, reading)
    return Consequence(**values)


def _prizes(reader: Reader, _reading: Reading) -> dict[str, Any]:
    raw = reader.raw("prizes")
    prizes = [amounts.number(each) for each in raw] if isinstance(raw, list) else []
    if not prizes or any(each is None or each < 0 for each in prizes):
        raise reader.fail("「prizes」从第一名写起，一列不小于 0 的数（不设罚款）", "prizes")
    return {"prizes": tuple(each for each in prizes if each is not None),
            "share_ties": reader.choice("ties", ("share", "each")) == "share"}  # fmt: skip


def _per_point(reader: Reader, _reading: Reading) -> dict[str, Any]:
    return {"per_point": positive(reader, "per_point"), "above": amount(reader, "above", amounts.ZERO)}


def _ladder(reader: Reader, _reading: Reading) -> dict[str, Any]:
    if "memory" not in reader.node:
        raise reader.fail("阶梯没有写「memory」（记几期、未考核的期怎么办），数不出连续几次")
    memory = reader.child("memory")
    counting = memory.choice("count", ("running", "cumulative"))
    number = memory.integer("periods")
    skips = memory.choice("not_assessed", ("skip", "break")) == "skip"
    restart = memory.flag("restart", default=False)
    memory.done()
    steps = [(each.integer("times"), each.text("action")) for each in _finished(reader, "steps")]
    if not steps or any(a[0] >= b[0] for a, b in itertools.pairwise(steps)) or steps[0][0] < 1:
        raise reader.fail("「steps」按次数从小到大写，每级 times 和 action", "steps")
    if number < steps[-1][0] - 1 or number > 120:
        raise reader.fail(
            f"「memory.periods」记 {number} 期，数不到第 {steps[-1][0]} 次（至少 {steps[-1][0] - 1}，最多 120）",
            "memory",
        )
    return {"running": counting == "running", "memory": number, "skips": skips, "restart": restart,
            "steps": tuple(steps)}  # fmt: skip


def _finished(reader: Reader, key: str) -> Any:
    for each in reader.each(key):
        yield each
        each.done()


def _sum_of_money(reader: Reader) -> dict[str, Any]:
    if ("amount" in reader.node) == ("amount_attribute" in reader.node):
        raise reader.fail(
            "金额写「amount」（一个数），或「amount_attribute」（单位行 attrs 里的哪一项），只写一个"
        )
    if "amount" in reader.node:
        return {"amount": positive(reader, "amount")}
    return {"attribute": reader.text("amount_attribute")}


def _fee(reader: Reader, reading: Reading) -> dict[str, Any]:
    values = _sum_of_money(reader)
    if "bands" in reader.node:
        values["bands"] = bands(reader, "bands", value="percent")
    if "below_target" in reader.node:
        child = reader.child("below_target")
        values |= {"target": amount(child, "target"), "percent": positive(child, "percent_per_point")}
        child.done()
    values["per_event"] = tuple(
        (each.text("title"), reading.selector(each), positive(each, "percent"))
        for each in _finished(reader, "per_event")
    ) if "per_event" in reader.node else ()  # fmt: skip
    values["floor"] = amount(reader, "floor_percent")
    if not reader.text("ground", ""):
        raise reader.fail("服务费要写「ground」：依据合同第几条")
    return values


def _wage(reader: Reader, _reading: Reading) -> dict[str, Any]:
    values = _sum_of_money(reader)
    values["performance"] = positive(reader, "performance_percent")
    values["bands"] = bands(reader, "coefficients", value="coefficient")
    values["minimum"] = positive(reader, "minimum_wage")
    values["cut"] = amount(reader, "most_cut_percent", HIGHEST_CUT)
    if not 0 <= values["cut"] <= HIGHEST_CUT:
        raise reader.fail("扣减不能超过当月工资的 20%（工资支付规定；没有“罚款”）", "most_cut_percent")
    if values["performance"] > 100 or any(band.value < 0 for band in values["bands"]):
        raise reader.fail("绩效部分不超过 100%，系数不小于 0", "performance_percent")
    return values


def _account(reader: Reader, reading: Reading) -> accounts.Account:
    exchange, days, most, times = None, None, None, 0
    if "exchange" in reader.node:
        child = reader.child("exchange")
        exchange = reading.selector(child)
        most, times = optional(child, "most_points"), child.integer("most_times", 0)
        if "from_day" in child.node:
            days = (child.integer("from_day"), child.integer("to_day"))
            if not 1 <= days[0] <= days[1] <= 31:
                raise child.fail("兑换期要 1 ≤ from_day ≤ to_day ≤ 31", "from_day")
        child.done()
    stars, hours, restart = [], None, False
    if "stars" in reader.node:
        child = reader.child("stars")
        hours, restart = reading.selector(child, "hours"), child.flag("restart", default=False)
        stars = [
            accounts.Star(each.integer("star"), positive(each, "hours"), amount(each, "points", amounts.ZERO))
            for each in _finished(child, "levels")
        ]
        if not stars or any(a.star >= b.star or a.hours >= b.hours for a, b in itertools.pairwise(stars)):
            raise child.fail("星级从低到高写，小时数要越来越多", "levels")
        child.done()
    months = reader.integer("expires_after_months")
    if not 0 <= months <= 120:
        raise reader.fail("「expires_after_months」在 0（不过期）到 120 之间", "expires_after_months")
    reader.done()
    return accounts.Account(months, exchange, most, times, days, hours, tuple(stars), restart)
