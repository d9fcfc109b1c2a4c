"""`wenming parcel out/in`: problems and answers between two offices without a common network."""

import argparse
import os
from datetime import date
from pathlib import Path
from typing import Any

from wenming.cli import people as who
from wenming.cli.terminal import complain, say
from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.ground.people.models import Person
from wenming.records.parcels import receiving, sending
from wenming.records.parcels.models import ANSWERS, RECORDS

WORD = "WENMING_PARCEL_WORD"


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Raises DomainError: no word, a file that is there already, what sending and receiving refuse."""
    by = who.named(args.by)
    if by is None:
        raise DomainError("by_missing", "请用 --by 写明以谁的名义收发：手机号。")
    return _out(args, by) if args.direction == "out" else _in(args, by)


def _out(args: argparse.Namespace, by: Person) -> dict[str, Any]:
    path, town, now = Path(args.file), who.town(args.unit), clock.now()
    if path.exists():
        raise DomainError("file_there", f"{path} 已经有了，请换一个文件名。")
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w+b") as out:
            if args.kind == ANSWERS:
                made = sending.send_answers(town=town, by=by, at=now, word=_word(args), out=out)
            else:
                send = sending.send_records if args.kind == RECORDS else sending.send_problems
                made = send(town=town, by=by, at=now, word=_word(args), out=out, since=_since(args.since))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    say(f"已封好：{path}，{made}。口令请另行告诉对方。")
    return {"parcel": str(made.uuid), "kind": made.kind, "rows": made.rows, "file": str(path)}


def _in(args: argparse.Namespace, by: Person) -> dict[str, Any]:
    with Path(args.file).open("rb") as file:
        done = receiving.receive(file=file, word=_word(args), by=by, at=clock.now())
    for sentence in done.skipped:
        complain(sentence)
    say(f"{done.parcel}：{done}。")
    return {
        "ok": not done.skipped, "parcel": str(done.parcel.uuid), "kind": done.parcel.kind, "created": done.created,
        "unchanged": done.unchanged, "skipped": done.skipped,
    }  # fmt: skip


def _word(args: argparse.Namespace) -> str:
    if args.word_file:
        lines = Path(args.word_file).read_text(encoding="utf-8-sig").splitlines()
        return lines[0] if lines else ""
    word = os.environ.get(WORD, "")
    if not word:
        raise DomainError(
            "parcel_word_missing", f"请用 --word-file 或环境变量 {WORD} 给出与对方约定的封包口令。"
        )
    return word


def _since(text: str | None) -> Any:
    if not text:
        return None
    try:
        return clock.at_local(date.fromisoformat(text), 0)
    except ValueError:
        raise DomainError("since_unknown", f"日期「{text}」看不懂，请写成 2026-11-01。") from None
