"""What XML 1.0 cannot hold, and with it no .xlsx and no .docx: the program that opens the file would call it damaged."""

import re

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    """The text without such characters; they come with pasted text."""
    return _UNPRINTABLE.sub("", text)
