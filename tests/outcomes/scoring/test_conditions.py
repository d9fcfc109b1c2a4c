"""CEL conditions: what they may be, and that none can run away."""

import time

import pytest

from wenming.common.errors import DomainError
from wenming.outcomes.scoring import conditions

NAMES = ("quantity", "by_level", "place", "attrs")


@pytest.mark.parametrize(
    ("source", "holds"),
    [
        ('by_level == "county" && quantity >= 3.0', True),
        ('by_level in ["town", "city"]', False),
        ('place.startsWith("建设") || attrs.spot', True),
        ('["东", "建"].exists(word, place.contains(word))', True),
    ],
)
def test_a_condition_answers(source: str, holds: bool) -> None:
    view = {"quantity": 3.0, "by_level": "county", "place": "建设巷", "attrs": {"spot": False}}
    assert conditions.compiled(source, variables=NAMES, attributes={"spot"}).holds(view) is holds


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("quantity > 1.0 || " * 40 + "true", "最多 500 个"),
        ("(" * 30 + "true" + ")" * 30, "超过 20 层"),
        ("[1,2].all(a, [1,2].all(b, a > b))", "只许用一次"),
        ("nobody == 1", "不认识的名字「nobody」"),
        ('attrs["spot"]', "不用方括号"),
        ("attrs.shop", "没有声明「shop」"),
        ("now() == 1", "不支持的函数「now」"),
        ("quantity >", "写法不对"),
    ],
)
def test_a_condition_that_cannot_be_is_refused(source: str, said: str) -> None:
    with pytest.raises(DomainError) as caught:
        conditions.compiled(source, variables=NAMES, attributes={"spot"})
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("source", "said"),
    [("1 / 0 == 1", "除数为零"), ('quantity == 1.0 && place > 1', "不是同一类"), ("quantity", "不是“是”或“否”")],
)  # fmt: skip
def test_a_condition_that_fails_says_why(source: str, said: str) -> None:
    with pytest.raises(DomainError) as caught:
        conditions.compiled(source, variables=NAMES).holds({"quantity": 1.0, "place": "", "attrs": {}})
    assert said in caught.value.message


def test_the_longest_allowed_loop_ends_at_once() -> None:
    numbers = ",".join("1" for _ in range(200))
    found = conditions.compiled(f"[{numbers}].all(n, n == 1 && place.matches('(a*)*b'))", variables=NAMES)
    start = time.process_time()
    assert found.holds({"place": "a" * 60000, "attrs": {}, "quantity": 1.0}) is False
    assert time.process_time() - start < 1
