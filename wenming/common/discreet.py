"""What a public page leaves out of words that somebody typed: names, plates, doors, telephones (handbook D17)."""

import re
from collections.abc import Iterable

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
# In this order: a plate is looked for before its figures could be taken for something else.
_HIDDEN = [
    (re.compile(rf"[{_PROVINCES}][A-Z]\s?[·•]?\s?[A-Z0-9]{{5,6}}(?![A-Z0-9])"), "（车牌略）"),
    (re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)"), "（电话略）"),
    (re.compile(r"(?:\d+\s?(?:号楼|栋|幢|座)\s?)?(?:\d+\s?单元\s?)?\d{1,4}\s?(?:室|户)"), "（门牌略）"),
]


def masked(text: str, names: Iterable[str] = ()) -> str:
    """`text` without plates, telephone numbers and doors; of a name only the family name stays: 「王某」."""
    for pattern, instead in _HIDDEN:
        text = pattern.sub(instead, text)
    # Longer names first, so that 王芳华 does not become 王某华.
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, f"{name[0]}某")
    return text
