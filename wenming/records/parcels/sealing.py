"""The file itself: a ZIP whose list of contents is signed with a word that both offices know.

    parcel.json   who sends what to whom, and the SHA-256 of every other file
    rows.jsonl    one record a line
    清单.xlsx      the same for people to read
    photos/       the pictures, each named by its SHA-256
    seal.json     salt and HMAC-SHA256 of parcel.json

The word is told by telephone and stored nowhere; its key is drawn out by scrypt (RFC 7914), so that trying words is
slow. Whoever does not know it can read the parcel (it is carried by hand, like paper), but cannot change a byte of it.
"""

import hashlib
import hmac
import json
import secrets
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any

from wenming.common.errors import DomainError

FORMAT, VERSION = "wenming-parcel", 1
MANIFEST, SEAL, ROWS, SHEET, PHOTOS = "parcel.json", "seal.json", "rows.jsonl", "清单.xlsx", "photos/"
SHORTEST_WORD = 8
LARGEST = 1 << 30
_LARGEST_MANIFEST = 8 << 20
# Files are read whole: one that claims more is no list of problems and no picture.
_LARGEST_ROWS, _LARGEST_FILE = 128 << 20, 32 << 20
# What an archive that was damaged, encrypted or packed in a strange way can raise while it is read.
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError)
_PIECE = 1 << 20


def seal(out: IO[bytes], *, manifest: dict[str, Any], files: Iterable[tuple[str, bytes]], word: str) -> None:
    """Write the parcel to `out`. `manifest` gets format, version and the digests. Raises DomainError parcel_word_short."""
    check_word(word)
    listed = {}
    with zipfile.ZipFile(out, "w") as box:
        for name, data in files:
            if name in listed:
                continue
            how = zipfile.ZIP_STORED if name.startswith(PHOTOS) else zipfile.ZIP_DEFLATED
            box.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, how)
            listed[name] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        whole = {"format": FORMAT, "version": VERSION, **manifest, "files": listed}
        told = json.dumps(whole, ensure_ascii=False, sort_keys=True).encode()
        salt = secrets.token_hex(16)
        box.writestr(MANIFEST, told)
        box.writestr(SEAL, json.dumps({"salt": salt, "mac": _mac(word, salt, told)}))


def check_word(word: str) -> None:
    """Raises DomainError parcel_word_short."""
    if len(word.strip()) < SHORTEST_WORD:
        raise DomainError(
            "parcel_word_short",
            f"封包口令至少 {SHORTEST_WORD} 个字符；请与对方电话约定，不要写在文件名里。",
            field="word",
        )


@dataclass(frozen=True)
class Opened:
    """A parcel whose seal and digests are right."""

    manifest: dict[str, Any]
    box: zipfile.ZipFile

    def rows(self) -> Iterator[dict[str, Any]]:
        for line in self.box.read(ROWS).decode().splitlines():
            if line:
                yield json.loads(line)

    def photo(self, sha256: str) -> bytes | None:
        """A picture of the parcel; None when it holds none of that digest."""
        name = f"{PHOTOS}{sha256}"
        return self.box.read(name) if name in self.manifest["files"] else None


def unseal(file: IO[bytes], *, word: str) -> Opened:
    """Open a parcel and prove every byte of it.

    Raises DomainError: parcel_broken (no parcel, or not the whole of it), parcel_large, parcel_word (wrong word, or
    its list was changed), parcel_changed (a file is not what was sealed), parcel_new (made by a later version).
    """
    try:
        box = zipfile.ZipFile(file)
        sizes = {info.filename: info.file_size for info in box.infolist()}
        if sum(sizes.values()) > LARGEST:
            raise DomainError("parcel_large", "数据包超过 1 GB，请让对方分几次发。", field="file")
        if any(size > _most(name) for name, size in sizes.items()):
            raise DomainError(
                "parcel_large", "数据包里有一个文件异常地大，已拒绝打开；请对方重新封包。", field="file"
            )
        if len(sizes) != len(box.infolist()) or sizes[MANIFEST] > _LARGEST_MANIFEST or sizes[SEAL] > 1000:
            raise _broken()
        told, sealed = box.read(MANIFEST), json.loads(box.read(SEAL))
        right = hmac.compare_digest(_mac(word, str(sealed["salt"]), told), str(sealed["mac"]))
    except (*_UNREADABLE, KeyError, ValueError, TypeError) as error:
        raise _broken() from error
    if not right:
        raise DomainError(
            "parcel_word", "口令不对，或者数据包被改过。请与发包单位核对口令；核对无误仍打不开的，请对方重新封包。", field="word"
        )  # fmt: skip
    manifest = json.loads(told)
    if manifest.get("format") != FORMAT:
        raise _broken()
    if manifest["version"] > VERSION:
        raise DomainError("parcel_new", "数据包是更新的版本封的，请先升级本系统再收。", field="file")
    _prove(box, manifest, sizes)
    return Opened(manifest, box)


def _most(name: str) -> int:
    return _LARGEST_ROWS if name == ROWS else _LARGEST_FILE


def _prove(box: zipfile.ZipFile, manifest: dict[str, Any], sizes: dict[str, int]) -> None:
    if set(sizes) != {*manifest["files"], MANIFEST, SEAL}:
        raise _changed("文件清单")
    for name, told in manifest["files"].items():
        digest = hashlib.sha256()
        try:
            with box.open(name) as one:
                while piece := one.read(_PIECE):
                    digest.update(piece)
        except _UNREADABLE as error:
            raise _changed(name) from error
        if digest.hexdigest() != told["sha256"]:
            raise _changed(name)


def _mac(word: str, salt: str, told: bytes) -> str:
    key = hashlib.scrypt(word.strip().encode(), salt=salt.encode(), n=2**14, r=8, p=1, dklen=32)
    return hmac.new(key, told, hashlib.sha256).hexdigest()


def _broken() -> DomainError:
    return DomainError(
        "parcel_broken", "这不是数据包，或者没有拷完整。请重新拷贝，或请对方重新封包。", field="file"
    )


def _changed(name: str) -> DomainError:
    return DomainError(
        "parcel_changed", f"数据包里的「{name}」与封包时不同，一件也没有收。请对方重新封包。", field="file"
    )
