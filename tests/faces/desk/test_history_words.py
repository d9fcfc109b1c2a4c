"""The journal of history names everything that deeds write about."""

import re
from pathlib import Path

import wenming
from wenming.faces.desk.history import SUBJECTS

ROOT = Path(wenming.__file__).parent
WRITTEN = re.compile(r'subject=\("(\w+)"|^(?:SUBJECT|VOUCHER|CASE|ORDER) = "(\w+)"', re.MULTILINE)


def test_every_kind_of_subject_has_a_chinese_name() -> None:
    written = {
        name
        for path in ROOT.rglob("*.py")
        for found in WRITTEN.findall(path.read_text(encoding="utf-8"))
        for name in found
        if name
    }
    assert {"case", "document_kind", "parcel", "journal", "unit"} <= written
    assert written - {code for code, _ in SUBJECTS} == set()
