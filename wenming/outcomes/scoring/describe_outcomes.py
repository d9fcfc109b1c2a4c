"""What follows from the marks, in words: vetoes, grades, flags, ranking, consequences, volunteers' accounts."""

from collections.abc import Callable
from dataclasses import dataclass

from wenming.outcomes.scoring import describe_rules
from wenming.outcomes.scoring import standing as effects
from wenming.outcomes.scoring.accounts import Account
from wenming.outcomes.scoring.amounts import text
from wenming.outcomes.scoring.book import Flag, Ranking
from wenming.outcomes.scoring.consequences import BOARDS, Consequence, Trigger
from wenming.outcomes.scoring.ranking import TIES
from wenming.outcomes.scoring.wording import Words


@dataclass(frozen=True)
class Note:
    """A heading, a sentence, and the clause it rests on."""

    title: str
    how: str
    ground: str = ""


def standing(words: Words) -> list[Note]:
    """否决、等次、旗帜、排名、积分账户, in the order in which they are applied."""
    book = words.book
    found = []
    for veto in book.vetoes:
        least = f"发生 {veto.least} 件以上" if veto.least > 1 else "发生"
        found.append(
            Note(
                f"一票否决：{veto.title}", f"{least}{words.events(veto.when)}，{effects.EFFECTS[veto.effect]}"
            )
        )
    if book.grades:
        grades = [
            f"{describe_rules.stretch(band)} 分为{band.title}".replace("及以上 分", " 分及以上")
            for band in book.grades
        ]
        found.append(Note("等次", "，".join(grades)))
    if book.ranking is not None:
        found.append(Note("排名", _ranking(book.ranking, words)))
    found += [Note(f"旗帜：{flag.title}", _flag(flag, words)) for flag in book.flags]
    if book.account is not None:
        found.append(Note("积分账户", _account(book.account, words)))
    return found


def _ranking(rule: Ranking, words: Words) -> str:
    said = ["分组排名" if rule.by_group else "不分组，一起排名"]
    if rule.tie_breakers:
        breakers = [
            f"「{describe_rules.item_title(words.book.items, name)}」{'高' if more else '低'}的在前"
            for name, more in rule.tie_breakers
        ]
        said.append(f"同分时{'，再看'.join(breakers)}")
    said.append(f"同分{TIES[rule.ties]}")
    if rule.least_samples is not None:
        name, number = rule.least_samples
        said.append(f"「{describe_rules.item_title(words.book.items, name)}」样本不足 {number} 个的不排名")
    said.append("没有考核的不排名、不算零分")
    return "；".join(said)


def _flag(flag: Flag, words: Words) -> str:
    gain, lose = [], []
    if flag.gain_event is not None:
        gain.append(f"发生{words.events(flag.gain_event)}")
    if flag.gain_places:
        gain.append("第 1 名" if flag.gain_places == 1 else f"前 {flag.gain_places} 名")
    if flag.gain_if is not None:
        gain.append(words.condition(flag.gain_if))
    if flag.lose_event is not None:
        lose.append(f"发生{words.events(flag.lose_event)}")
    if flag.lose_if is not None:
        lose.append(words.condition(flag.lose_if))
    if flag.lose_otherwise:
        lose.append("下一期没有再得到")
    exempt = "；持有期间免检，不参加排名" if flag.exempt else ""
    return f"授予：{'，或者'.join(gain)}；收回：{'，或者'.join(lose)}{exempt}"


def consequences(words: Words) -> list[Note]:
    """后果: each with when, and what is proposed. A person confirms them, always."""
    found = []
    for each in words.book.consequences:
        when = trigger(each.trigger, words)
        how = _HOW[each.op](each, words)
        board = BOARDS.get(each.board, "")
        board = f"（{board}）" if board not in how else ""
        found.append(Note(each.title, f"{when}：{how}{board}" if when else how + board, each.ground))
    return found


def trigger(rule: Trigger | None, words: Words) -> str:
    """When a consequence is proposed."""
    if rule is None:
        return ""
    said = []
    if rule.groups:
        said.append(f"{'、'.join(rule.groups)}组")
    if rule.first is not None:
        said.append("第 1 名" if rule.first == 1 else f"前 {rule.first} 名")
    if rule.last is not None:
        said.append("末位" if rule.last == 1 else f"后 {rule.last} 名")
    if rule.below is not None:
        said.append(f"低于 {text(rule.below)} 分")
    if rule.at_least is not None:
        said.append(f"不低于 {text(rule.at_least)} 分")
    if rule.grades:
        said.append(f"等次为{'、'.join(rule.grades)}")
    if rule.events is not None:
        least = f"发生 {rule.least} 件以上" if rule.least > 1 else "发生"
        said.append(f"{least}{words.events(rule.events)}")
    if rule.condition is not None:
        said.append(words.condition(rule.condition))
    return "，并且".join(said)


def _ladder(rule: Consequence, _words: Words) -> str:
    count = "连续" if rule.running else "累计"
    steps = "；".join(f"{count}第 {times} 次，{action}" for times, action in rule.steps)
    skips = "没有考核的期跳过" if rule.skips else "没有考核的期算中断"
    again = "；到顶以后重新数" if rule.restart else ""
    return f"{steps}（往前记 {rule.memory} 期，{skips}{again}）"


def _prizes(rule: Consequence, _words: Words) -> str:
    prizes = "，".join(
        f"第 {place} 名 {text(amount)} 元" for place, amount in enumerate(rule.prizes, start=1)
    )
    ties = "并列的平分" if rule.share_ties else "并列的各得"
    return f"{rule.action}：{prizes}；{ties}{_shared(rule)}"


def _per_point(rule: Consequence, _words: Words) -> str:
    above = f"超过 {text(rule.above)} 分的部分" if rule.above else ""
    return f"{rule.action}：{above}每分 {text(rule.per_point)} 元{_shared(rule)}"


def _shared(rule: Consequence) -> str:
    return "；按登记的人数分到每人" if rule.share_by else ""


def _fee(rule: Consequence, words: Words) -> str:
    said = [f"{rule.action}：{_money(rule, '合同金额')}"]
    if rule.bands:
        said.append(
            describe_rules.banded(rule.bands, lambda band: f"付 {text(band.value)}%", whole=False, unit="分")
        )
    if rule.target is not None:
        said.append(f"低于 {text(rule.target)} 分的，每低 1 分扣 {text(rule.percent)}%")
    said += [
        f"{title}（{words.events(when)}）每次扣 {text(percent)}%" for title, when, percent in rule.per_event
    ]
    said.append(f"最少付 {text(rule.floor)}%")
    return "；".join(said)


def _wage(rule: Consequence, _words: Words) -> str:
    table = describe_rules.banded(rule.bands, lambda band: f"系数 {text(band.value)}", whole=False, unit="分")
    return (
        f"{rule.action}：{_money(rule, '当月工资')}，其中绩效 {text(rule.performance)}% 乘系数；{table}；"
        f"扣减不超过当月工资的 {text(rule.cut)}%，不低于最低工资 {text(rule.minimum)} 元"
    )


def _money(rule: Consequence, name: str) -> str:
    return f"{name} {text(rule.amount)} 元" if rule.amount is not None else f"{name}（按考核参数登记的数）"


def _proposal(rule: Consequence, _words: Words) -> str:
    return rule.action


_HOW: dict[str, Callable[[Consequence, Words], str]] = {
    "proposal": _proposal, "ladder": _ladder, "prizes": _prizes, "per_point": _per_point, "fee": _fee, "wage": _wage,
}  # fmt: skip


def _account(account: Account, words: Words) -> str:
    said = [f"积分 {account.months} 个月后到期" if account.months else "积分不过期", "先兑换最早的积分"]
    if account.exchange is not None:
        limits = []
        if account.days is not None:
            limits.append(f"每月 {account.days[0]}—{account.days[1]} 日")
        if account.most is not None:
            limits.append(f"每期最多兑 {text(account.most)} 分")
        if account.times:
            limits.append(f"每期最多 {account.times} 次")
        said.append(f"{words.events(account.exchange)}{'，'.join(limits)}")
    if account.stars:
        stars = "，".join(
            f"{star.star} 星 {text(star.hours)} 小时" + (f"加 {text(star.points)} 分" if star.points else "")
            for star in account.stars
        )
        again = "，到顶以后重新数" if account.restart else ""
        said.append(f"星级：{stars}{again}")
    return "；".join(said)
