from hypothesis import given
from hypothesis import strategies as st

from wenming.outcomes.documents import tokens
from wenming.outcomes.documents.tokens import CHANGE, PARTS, Piece, Token

MEASURES = frozenset({"处", "%", "件"})
LABELS = {"found": "发现问题数", "fix_rate": "整改率", "unit_rate@350599100001": "东门社区整改率"}


def test_split_gives_text_and_tokens_in_order() -> None:
    text = "共{{figure:found}}，{{figure:found:change}}，率{{figure:unit_rate@350599100001:parts}}。"
    assert list(tokens.split(text)) == [
        Piece("共"),
        Token("found"),
        Piece("，"),
        Token("found", CHANGE),
        Piece("，率"),
        Token("unit_rate@350599100001", PARTS),
        Piece("。"),
    ]


def test_writer_sees_names_and_names_become_keys_again() -> None:
    text = "共{{figure:found}}（{{figure:fix_rate:parts}}），{{figure:found:change}}"
    shown = tokens.shown(text, LABELS)
    assert shown == "共{{发现问题数}}（{{整改率·分子分母}}），{{发现问题数·环比}}"
    assert tokens.stored(shown, LABELS) == text


def test_unknown_name_stays_as_it_was_written() -> None:
    assert tokens.stored("共{{没有这个数}}", LABELS) == "共{{没有这个数}}"


@given(
    st.lists(
        st.one_of(
            st.sampled_from(["共", "处", "，", "12", "{", "}", "·"]),
            st.builds(
                lambda key, view: str(Token(key, view)),
                st.sampled_from(sorted(LABELS)),
                st.sampled_from(["", "number", "parts", "change"]),
            ),
        )
    )
)
def test_showing_and_storing_are_inverse(parts: list[str]) -> None:
    text = "".join(parts)
    tokens_before = tokens.used(text)
    assert tokens.used(tokens.stored(tokens.shown(text, LABELS), LABELS)) == tokens_before


def typed(text: str, drafted: str) -> list[str]:
    return [p.text for p in tokens.marked(text, drafted, MEASURES) if isinstance(p, Piece) and p.typed]


def test_number_in_a_figures_place_is_marked() -> None:
    assert typed("共发现问题47处。", "共发现问题{{figure:found}}。") == ["47"]


def test_new_count_beside_a_figure_is_marked() -> None:
    assert typed("共{{figure:found}}，另有3件。", "共{{figure:found}}。") == ["3"]


def test_dates_clauses_and_references_are_no_counts() -> None:
    text = "请于11月25日前、5个工作日内反馈，见附件1，第2期，〔2026〕7号。"
    assert typed(text, "{{figure:found}}") == []


def test_numbers_that_were_drafted_are_not_marked() -> None:
    drafted = "1.人行道3辆电动车，2处垃圾"
    assert typed(drafted + "，请整改", drafted) == []


def test_marking_loses_no_text() -> None:
    text = "共47处，{{figure:found}}，又3件。"
    pieces = tokens.marked(text, "", MEASURES)
    assert "".join(p.text if isinstance(p, Piece) else str(p) for p in pieces) == text
