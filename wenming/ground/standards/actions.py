"""Loading packs."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from wenming.common import packs
from wenming.common.errors import DomainError, PackError
from wenming.ground.audit import actions as audit
from wenming.ground.standards import queries
from wenming.ground.standards.loaders import LOADERS, Loader, in_order
from wenming.ground.standards.models import PackVersion
from wenming.ground.standards.references import fits


def load_pack(
    *,
    path: Path,
    at: datetime,
    by: audit.Actor | None = None,
    loaders: Mapping[str, Loader] = LOADERS,
    label: str | None = None,
) -> tuple[PackVersion, bool]:
    """Load one pack file; the second value says whether anything was written.

    The whole file is checked before the first row is written. The same file a second time changes nothing.
    `loaders` is composed by the caller when rooms above have kinds of their own. `label` names the file in
    complaints. Raises PackError (file and line), and DomainError `pack_changed` when this version is already
    loaded with other content: past periods were judged by it, so it may not change (handbook D16).
    """
    return _load(packs.load(path, label=label), at=at, by=by, loaders=loaders)


def load_text(
    *,
    text: str,
    name: str,
    at: datetime,
    by: audit.Actor | None = None,
    loaders: Mapping[str, Loader] = LOADERS,
) -> tuple[PackVersion, bool]:
    """The same for a pack that a page of the desk has written; `name` is how complaints call it."""
    return _load(packs.parse(text.encode(), name=name), at=at, by=by, loaders=loaders)


def _load(
    pack: packs.Pack, *, at: datetime, by: audit.Actor | None, loaders: Mapping[str, Loader]
) -> tuple[PackVersion, bool]:
    loader = loaders.get(pack.kind)
    if loader is None:
        raise pack.body.fail(f"不认识的种类「{pack.kind}」，只能是：{'、'.join(loaders)}", "kind")
    known = _same_version(pack)
    if known is not None:
        return known, False
    content = loader.read(pack)
    head = _head(pack, loader, content, at, by)
    fits(pack.body, PackVersion(kind=pack.kind, code=pack.id, version=pack.version, **head))
    with transaction.atomic():
        row, created = PackVersion.objects.get_or_create(
            kind=pack.kind, code=pack.id, version=pack.version, defaults=head
        )
        if not created:  # somebody else loaded it since we looked
            return _same_version(pack) or row, False
        loader.save(row, content)
        audit.record(
            deed="standards.load_pack",
            subject=("pack", row.uuid),
            at=at,
            by=by,
            sentence=f"装入规则包《{pack.title}》{pack.version} 版，{pack.in_force:%Y-%m-%d} 起施行",
            data={"kind": pack.kind, "id": pack.id, "version": pack.version, "digest": pack.digest},
        )
        queries.forget()
        transaction.on_commit(queries.forget)
    return row, True


def load_folder(
    *, folder: Path, at: datetime, by: audit.Actor | None = None, loaders: Mapping[str, Loader] = LOADERS
) -> list[tuple[PackVersion, bool]]:
    """Load every `*.yaml` under `folder`, those referred to first; all of them or none.

    Older versions go before newer ones. Raises as `load_pack`; a kind nobody knows is refused, not skipped.
    """
    files = sorted(folder.rglob("*.yaml"))
    if not files:
        raise PackError("目录里没有规则包（*.yaml）", path=str(folder), line=None)
    read = [(packs.load(file, label=str(file.relative_to(folder))), file) for file in files]
    rank = {kind: number for number, kind in enumerate(in_order([pack.kind for pack, _ in read], loaders))}
    read.sort(key=lambda each: (rank[each[0].kind], each[0].in_force, each[0].version))
    with transaction.atomic():
        return [load_pack(path=file, at=at, by=by, loaders=loaders, label=pack.path) for pack, file in read]


def _same_version(pack: packs.Pack) -> PackVersion | None:
    """The version already loaded, or None. Raises `pack_changed` when its content differs."""
    row = PackVersion.objects.filter(kind=pack.kind, code=pack.id, version=pack.version).first()
    if row is not None and row.digest != pack.digest:
        raise DomainError(
            "pack_changed",
            f"{pack.path}：《{row.title}》{row.version} 版已经装过，内容不同。请改版本号（version）再装，"
            "旧版要留着解释过去。",
            field="version",
        )
    return row


def _head(
    pack: packs.Pack, loader: Loader, content: Any, at: datetime, by: audit.Actor | None
) -> dict[str, Any]:
    return {
        "title": pack.title,
        "in_force": pack.in_force,
        "sample": pack.sample,
        "digest": pack.digest,
        "facts": loader.facts(content),
        "loaded_at": at,
        "loaded_by": by.name if by is not None else "",
    }
