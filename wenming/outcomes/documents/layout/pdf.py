"""Word to PDF through LibreOffice, and which fonts stand in for the named ones there.

Run it in the job queue: a conversion takes one to four seconds and some 200 MB (design note, stack §5).
"""

import contextlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import zipfile
from pathlib import Path

from wenming.common.errors import DomainError
from wenming.outcomes.documents.layout import measure

_ROOT = Path(__file__).resolve().parents[4]


def _parts() -> dict[str, str]:
    """What the set-up found on this machine (`var/parts.json`): paths of the converter and of the font settings."""
    folder = Path(os.environ.get("WENMING_VAR") or _ROOT / "var")
    try:
        found = json.loads((folder / "parts.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = {}
    parts = {key: str(value) for key, value in found.items() if value} if isinstance(found, dict) else {}
    if fonts := os.environ.get("WENMING_FONTS_CONF"):
        parts["fonts_conf"] = fonts
    elif "fonts_conf" not in parts and (folder / "fonts.conf").is_file():
        parts["fonts_conf"] = str(folder / "fonts.conf")
    return parts


def _surroundings() -> dict[str, str]:
    surroundings = dict(os.environ)
    fonts = _parts().get("fonts_conf", "")
    if fonts and Path(fonts).is_file():
        surroundings["FONTCONFIG_FILE"] = fonts
    return surroundings


def converter() -> str | None:
    """The path of LibreOffice, or None."""
    given = _parts().get("soffice", "")
    if given and Path(given).exists():
        return given
    return shutil.which("soffice") or shutil.which("libreoffice")


def convert(docx: bytes, *, timeout: float = 60) -> bytes:
    """The PDF of a Word file.

    Every call has a profile of its own, so that several may run side by side; at the time limit the whole
    process group is ended. Raises DomainError `pdf_converter_missing`, `pdf_converter_slow` or
    `pdf_converter_failed`.
    """
    program = converter()
    if program is None:
        raise DomainError(
            "pdf_converter_missing",
            "这台机器没有安装 LibreOffice，暂时不能生成 PDF；Word 文件不受影响，安装 libreoffice-writer 后可再生成。",
        )
    # A LibreOffice that is being ended may still write into its profile while the folder is removed.
    with tempfile.TemporaryDirectory(prefix="wenming-pdf-", ignore_cleanup_errors=True) as folder:
        source = Path(folder, "document.docx")
        source.write_bytes(_breakable(docx))
        command = [
            program,
            f"-env:UserInstallation={Path(folder, 'profile').as_uri()}",
            "--headless",
            "--norestore",
            "--convert-to",
            "pdf:writer_pdf_Export",
            "--outdir",
            folder,
            str(source),
        ]
        _run(command, timeout)
        try:
            return source.with_suffix(".pdf").read_bytes()
        except FileNotFoundError as missing:
            raise DomainError(
                "pdf_converter_failed", "LibreOffice 没有生成 PDF，请稍后再试；Word 文件不受影响。"
            ) from missing


# LibreOffice breaks no line between a per cent sign and a bracket before a digit, where Word does: 「整改率66.7%（2/3）」
# goes whole to the next line and the one before is stretched over the page.
_UNBREAKABLE = re.compile(r"(?<=[%‰])（(?=\d)")
_BREAK = "\u200b"


def _breakable(docx: bytes) -> bytes:
    """The file with an invisible place to break at those brackets; only for conversion, the Word file stays clean."""
    source = io.BytesIO(docx)
    if not zipfile.is_zipfile(source):
        return docx
    with zipfile.ZipFile(source) as given:
        text = given.read(_TEXT).decode()
        if not _UNBREAKABLE.search(text):
            return docx
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as written:
            for part in given.infolist():
                changed = _UNBREAKABLE.sub(f"{_BREAK}（", text).encode() if part.filename == _TEXT else None
                written.writestr(part, given.read(part) if changed is None else changed)
    return made.getvalue()


_TEXT = "word/document.xml"


def _run(command: list[str], timeout: float) -> None:
    process = subprocess.Popen(  # noqa: S603  the program is the one the set-up found
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_surroundings(),
        start_new_session=True,
    )
    try:
        process.wait(timeout)
    except BaseException as stopped:
        # soffice is a launcher: its children outlive it unless the whole group is ended.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if not isinstance(stopped, subprocess.TimeoutExpired):
            raise
        raise DomainError(
            "pdf_converter_slow",
            f"转换 PDF 超过 {timeout:g} 秒，已停止；Word 文件不受影响，可稍后再生成 PDF。",
        ) from stopped


def stand_ins() -> dict[str, str]:
    """Named face → the face that this machine puts in its place; faces that are really here are left out.

    Empty when the machine has no fontconfig, for then nothing is known.
    """
    program = shutil.which("fc-match")
    if program is None:
        return {}
    found = {}
    for name in measure.NAMED:
        answer = subprocess.run(  # noqa: S603
            [program, "--format=%{family}", name],
            capture_output=True,
            check=False,
            env=_surroundings(),
            timeout=20,
        )
        # A face answers with all its names, Chinese and English.
        families = answer.stdout.decode(errors="replace").strip().split(",")
        if families[0] and name not in families:
            found[name] = families[0]
    return found
