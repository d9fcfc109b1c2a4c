"""Free stand-ins for the fonts of official documents, and the fontconfig file that maps to them.

GB/T 9704 asks for 仿宋, 小标宋, 楷体 and 黑体 of foundries whose fonts may not be passed on. The documents name
the real fonts, so an office PC uses its own; a server converts to PDF with the Fandol fonts in their place. Fandol
covers GB 2312; rare characters of names come from Noto CJK.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

# FandolSong-Regular stays out on purpose: with only the bold cut there, LibreOffice takes the true bold for 小标宋
# where it would otherwise smear the regular one.
FANDOL = ("FandolFang-Regular.otf", "FandolKai-Regular.otf", "FandolHei-Regular.otf", "FandolSong-Bold.otf")
FANDOL_PACKAGE = "texlive-lang-chinese"
TEX_FOLDERS = (
    "/usr/share/texlive/texmf-dist/fonts/opentype/public/fandol",
    "/usr/local/texlive/texmf-dist/fonts/opentype/public/fandol",
    "/Library/TeX/Root/texmf-dist/fonts/opentype/public/fandol",
)

# (names a document may use, stand-in families in order)
STAND_INS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (
        ("仿宋_GB2312", "仿宋", "FangSong_GB2312", "FangSong", "华文仿宋", "STFangsong", "方正仿宋_GBK"),
        ("FandolFang", "Noto Serif CJK SC"),
    ),
    (
        ("方正小标宋简体", "方正小标宋_GBK", "FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", "小标宋"),
        ("FandolSong", "Noto Serif CJK SC"),
    ),
    (
        ("楷体_GB2312", "楷体", "KaiTi_GB2312", "KaiTi", "华文楷体", "STKaiti", "方正楷体_GBK"),
        ("FandolKai", "Noto Serif CJK SC"),
    ),
    (("黑体", "SimHei", "华文黑体", "STHeiti", "方正黑体_GBK"), ("FandolHei", "Noto Sans CJK SC")),
    (
        ("宋体", "SimSun", "新宋体", "NSimSun", "华文中宋", "STZhongsong", "方正书宋_GBK"),
        ("Noto Serif CJK SC",),
    ),
)


@cache
def installed_families() -> frozenset[str]:
    """Every font family of the system, empty where fontconfig is not there."""
    try:
        done = subprocess.run(
            ["fc-list", "--format", "%{family}\n"], capture_output=True, text=True, timeout=60, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return frozenset()
    return frozenset(name.strip() for line in done.stdout.splitlines() for name in line.split(","))


def has_chinese_font() -> bool:
    """Whether a complete Chinese font is there; macOS always brings one."""
    if Path("/System/Library/Fonts").is_dir():
        return True
    installed_families.cache_clear()
    return "Noto Serif CJK SC" in installed_families()


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Where a download is kept for the next clone."""
    base = environ.get("XDG_CACHE_HOME") or f"{environ.get('HOME') or '/tmp'}/.cache"  # noqa: S108 (no home at all)
    return Path(base) / "wenming" / "fonts"


def complete(folder: Path) -> bool:
    return all((folder / name).is_file() for name in FANDOL)


def copy_fonts(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for name in FANDOL:
        # Copied beside and renamed: a run that is cut off leaves no half font.
        shutil.copyfile(source / name, target / f".{name}.part")
        (target / f".{name}.part").replace(target / name)


def fetch_fandol(environ: Mapping[str, str]) -> Path | None:
    """The fonts out of Debian's package, without installing it (that would bring 240 MB). None on failure."""
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        return None
    with tempfile.TemporaryDirectory(prefix="wm-fonts-") as work:
        folder = Path(work)
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            folder.chmod(0o755)
        for command in (["apt-get", "download", FANDOL_PACKAGE], ["apt-get", "update", "-q"]):
            done = _quiet([*command], folder)
            if done and any(folder.glob("*.deb")):
                break
        else:
            _quiet(["apt-get", "download", FANDOL_PACKAGE], folder)
        packages = list(folder.glob("*.deb"))
        if not packages or not _quiet(["dpkg", "-x", str(packages[0]), str(folder / "x")], folder):
            return None
        found = next((path.parent for path in (folder / "x").rglob(FANDOL[0])), None)
        if found is None or not complete(found):
            return None
        copy_fonts(found, cache_folder(environ))
    return cache_folder(environ)


def _quiet(command: list[str], folder: Path) -> bool:
    try:
        return (
            subprocess.run(command, cwd=folder, capture_output=True, timeout=600, check=False).returncode == 0
        )
    except (OSError, subprocess.SubprocessError):
        return False


def fontconfig(fonts: Path, cache_dir: Path, installed: frozenset[str]) -> str:
    """The fontconfig file: the system's own, our folder, and a stand-in for every name that is not installed."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">',
        "<fontconfig>",
        f"  <cachedir>{escape(str(cache_dir))}</cachedir>",
        f"  <dir>{escape(str(fonts))}</dir>",
        '  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>',
        '  <include ignore_missing="yes">/opt/homebrew/etc/fonts/fonts.conf</include>',
        '  <include ignore_missing="yes">/usr/local/etc/fonts/fonts.conf</include>',
    ]
    for names, stand_ins in STAND_INS:
        families = "".join(f"<string>{escape(family)}</string>" for family in stand_ins)
        for name in names:
            if name in installed:
                continue
            lines += [
                f'  <match target="pattern"><test qual="any" name="family"><string>{escape(name)}</string></test>',
                f'    <edit name="family" mode="assign" binding="strong">{families}</edit></match>',
            ]
    return "\n".join([*lines, "</fontconfig>", ""])


def prepare(var: Path, environ: Mapping[str, str], *, fetch: bool) -> bool:
    """Fills var/fonts and writes var/fonts.conf. Returns whether the 仿宋 stand-in is there.

    `fetch=False` does without a download (the last try failed not long ago).
    """
    fonts = var / "fonts"
    fonts.mkdir(parents=True, exist_ok=True)
    if not complete(fonts):
        places = [*map(Path, TEX_FOLDERS), cache_folder(environ)]
        source = next((place for place in places if complete(place)), None)
        if source is None and fetch:
            source = fetch_fandol(environ)
        if source is not None:
            copy_fonts(source, fonts)
    for other in set(fonts.glob("Fandol*.otf")) - {fonts / name for name in FANDOL}:
        other.unlink()
    installed_families.cache_clear()
    text = fontconfig(fonts, var / "fontcache", installed_families())
    conf = var / "fonts.conf"
    if not conf.exists() or conf.read_text(encoding="utf-8") != text:
        conf.write_text(text, encoding="utf-8")
    return complete(fonts)
