"""Words on a public page: no names, plates, doors, telephones; everything else stays as it was typed."""

import pytest

from wenming.common import discreet


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("建设巷 12 号旁", "建设巷 12 号旁"),
        ("东门农贸市场", "东门农贸市场"),
        ("闽C12345 占道", "（车牌略） 占道"),
        ("闽 C·D12345 占道", "闽 C·D12345 占道"),
        ("闽C·D12345占道", "（车牌略）占道"),
        ("闽CD12345占道", "（车牌略）占道"),
        ("幸福小区3号楼2单元501室门口", "幸福小区（门牌略）门口"),
        ("幸福小区 12 栋 301 室", "幸福小区 （门牌略）"),
        ("上洋村 18 户门前", "上洋村 （门牌略）门前"),
        ("联系13812345678", "联系（电话略）"),
        ("案号2026123456789012", "案号2026123456789012"),
        ("", ""),
    ],
)
def test_plates_doors_and_telephones_are_left_out(typed: str, shown: str) -> None:
    assert discreet.masked(typed) == shown


def test_of_names_the_family_name_stays_and_longer_names_go_first() -> None:
    assert discreet.masked("王芳华家与王芳家之间", ["王芳", "王芳华"]) == "王某家与王某家之间"
    assert discreet.masked("王芳巷", []) == "王芳巷"
