"""Finding a font with Chinese characters on this machine. No font is shipped with the program."""

import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from PIL import ImageFont

from wenming.common.errors import DomainError

# File name → index of the simplified Chinese face in it, best first.
FILES = {
    "NotoSansCJK-Regular.ttc": 2,
    "NotoSansCJKsc-Regular.otf": 0,
    "NotoSansSC-Regular.otf": 0,
    "SourceHanSansSC-Regular.otf": 0,
    "SourceHanSansCN-Regular.otf": 0,
    "wqy-zenhei.ttc": 0,
    "wqy-microhei.ttc": 0,
    "DroidSansFallbackFull.ttf": 0,
    "NotoSerifCJK-Regular.ttc": 2,
    "PingFang.ttc": 0,
    "STHeiti Light.ttc": 0,
    "Hiragino Sans GB.ttc": 0,
    "msyh.ttc": 0,
    "simhei.ttf": 0,
}


def folders() -> list[Path]:
    """Where fonts live on Linux, macOS and Windows; `WENMING_FONTS` adds one in front."""
    own = os.environ.get("WENMING_FONTS")
    found = [Path(own)] if own else []
    if sys.platform == "darwin":
        found += [Path("/System/Library/Fonts"), Path("/Library/Fonts"), Path.home() / "Library/Fonts"]
    elif sys.platform == "win32":
        found += [Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts"]
    else:
        found += [Path("/usr/share/fonts"), Path("/usr/local/share/fonts")]
        found += [Path.home() / ".local/share/fonts", Path.home() / ".fonts"]
    return found


def _files(where: list[Path]) -> Iterator[Path]:
    for folder in where:
        yield from (path for path in sorted(folder.rglob("*")) if path.name in FILES)


def find(where: list[Path]) -> Path:
    """The best font file below `where`. Raises DomainError font_missing, naming the package to install."""
    order = list(FILES)
    found = sorted(_files(where), key=lambda path: order.index(path.name))
    if not found:
        raise DomainError(
            "font_missing",
            "服务器上没有中文字体，照片下方的说明条画不出来；请管理员安装后重试："
            "apt-get install fonts-noto-cjk（macOS 自带；也可用 WENMING_FONTS 指定字体文件夹）。",
        )
    return found[0]


@cache
def _path() -> Path:
    return find(folders())


@cache
def chinese(size: int) -> ImageFont.FreeTypeFont:
    """The font at `size` pixels. Raises DomainError font_missing."""
    path = _path()
    return ImageFont.truetype(str(path), size, index=FILES[path.name])
