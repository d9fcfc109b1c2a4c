"""`wenming demo`: an invented township with a year of work in it, to look at and to try things on."""

import argparse
import gc
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from django.conf import settings
from django.core.files.storage import FileSystemStorage, storages
from django.core.management import call_command
from django.db import connection

from wenming.cli import serve, static
from wenming.cli.demo_town import bulletins, ground, town
from wenming.cli.stories import building as stories
from wenming.cli.stories.book import STORIES
from wenming.cli.terminal import complain, say
from wenming.common import appendonly, clock
from wenming.common.errors import Conflict, DomainError, reason
from wenming.ground.evidence import actions as evidence
from wenming.ground.evidence import vault
from wenming.ground.evidence.models import Photo
from wenming.ground.people.models import Person
from wenming.ground.people.roles import ROLES
from wenming.ground.units.models import Unit
from wenming.ledger.models import Entry
from wenming.outcomes.documents import export
from wenming.records.cases.models import Case

DERIVED_DAYS = 3


def add_parser(subparsers: Any) -> None:
    """Options of the command."""
    made = subparsers.add_parser(
        "demo", help="造一个演示乡镇并启动网站，或造一份种子总结背后的一年",
        description="在空库里造一个虚构的演示乡镇（平川县安和镇，一年的案卷），写出本周通报，然后启动网站。"
        "再次运行保留数据；库里有正式数据时拒绝。加 --story 则造一份种子总结背后的一年，写出总结和数据清单。",
    )  # fmt: skip
    made.add_argument(
        "--no-serve", action="store_true", help="只造数据和本周通报，不启动网站；最后一行是 JSON"
    )
    made.add_argument("--fresh", action="store_true", help="删掉演示数据重新来过（不是演示库时拒绝）")
    made.add_argument(
        "--story", choices=list(STORIES), metavar="故事",
        help=f"造一份种子总结背后的一年，写出 summary.docx、figures.json：{'、'.join(STORIES)}",
    )  # fmt: skip
    made.add_argument("--out", metavar="文件夹", help="故事的文件写到哪里，默认 var/stories/ 下")
    made.add_argument("--weeks", type=int, default=town.WEEKS, help=argparse.SUPPRESS)
    made.add_argument("--host", default="127.0.0.1", help="监听地址，默认 127.0.0.1")
    made.add_argument("--port", type=int, default=8000, help="端口，默认 8000")


def run(args: argparse.Namespace) -> int:
    """Build if the database is empty, write this week's bulletin, serve; or tell a story. Raises DomainError."""
    if args.out and not args.story:
        raise DomainError(
            "out_without_story", "--out 是故事的文件夹，请同时写 --story，如 --story seed-004。", field="out"
        )
    if args.story:
        return tell(
            args.story, Path(args.out) if args.out else Path(settings.VAR_DIR) / "stories" / args.story
        )
    prepare(fresh=args.fresh, weeks=args.weeks)
    made = write_bulletin()
    if args.no_serve:
        print(json.dumps(made, ensure_ascii=False), flush=True)
        return 0
    serve.serve(host=args.host, port=args.port, on_ready=_welcome)
    return 0


def tell(story: str, out: Path) -> int:
    """The year of a story, beside the demo or alone; the last line is JSON. Raises Conflict among real data."""
    _tables()
    _refuse_real_data(is_demo=town.marked()[0])
    _refuse_closed_folder(out)
    began = time.monotonic()
    with _hurried():
        made = stories.tell(story, out, at=clock.now(), told=complain)
    complain(f"写好了，在 {out}，用时 {time.monotonic() - began:.0f} 秒。")
    print(json.dumps(made, ensure_ascii=False), flush=True)
    return 0


def _refuse_real_data(*, is_demo: bool) -> None:
    occupied = Unit.objects.exists() or Person.objects.exists()
    if occupied and not is_demo and not stories.told_here():
        raise Conflict(
            "demo_not_empty",
            "这个库里有正式数据，不能造演示数据。请另设 WENMING_DATABASE 和 WENMING_VAR 指向别处再运行。",
        )


def _refuse_closed_folder(out: Path) -> None:
    """Before a year is built for files that nobody can write."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise DomainError(
            "out_closed",
            f"不能在「{out}」里写文件（{reason(error)}）。请用 --out 另写一个能写的文件夹。",
            field="out",
        ) from None


def prepare(*, fresh: bool = False, weeks: int = town.WEEKS) -> None:
    """A database with the finished demo in it. Raises Conflict when it holds anything else."""
    _tables()
    is_demo, built = town.marked()
    _refuse_real_data(is_demo=is_demo)
    if is_demo and (fresh or built is None):
        complain("删除旧的演示数据…" if fresh else "上次没有造完，重新来过…")
        _wipe()
        _tables()
        built = None
    if built is None:
        _build(weeks)
    else:
        complain(
            f"演示数据已有（截至 {clock.show_date(built - timedelta(days=1))}），保留不动；要重来请加 --fresh。"
        )


def write_bulletin() -> dict[str, Any]:
    """This week's bulletin and problem list under var/demo/; returns what is printed as the last line."""
    _, built = town.marked()
    assert built is not None  # noqa: S101 -- prepare() has seen to it
    complain("写出本周《督查通报》…")
    anhe = Unit.objects.get(code="350599100000")
    clerk = Person.objects.filter(posts__role="office_clerk", posts__unit__town=anhe).order_by("pk").first()
    made = export.make(
        kind=bulletins.KIND, town=anhe, period=bulletins.this_week(built), out=Path(settings.VAR_DIR) / "demo",
        at=clock.now(), by=clerk,
    )  # fmt: skip
    return {
        "cases": Case.objects.count(),
        "entries": Entry.objects.count(),
        "bulletin_docx": _relative(made["docx"]),
        "bulletin_pdf": _relative(made["pdf"]),
        "problem_list_xlsx": _relative(made["problem_list"]),
    }


def _relative(path: str | None) -> str | None:
    return os.path.relpath(path, settings.BASE_DIR) if path else None


def _tables() -> None:
    call_command("migrate", interactive=False, verbosity=0)
    static.gather_if_stale()


def _build(weeks: int) -> None:
    began = time.monotonic()
    complain("正在造演示乡镇（平川县安和镇），约一分钟…")
    today = clock.local_date(clock.now())
    with _hurried():
        town.build(today=today, weeks=weeks, told=lambda text: complain(f"  {text}"))
        _derive(today)
    complain(f"造好了，用时 {time.monotonic() - began:.0f} 秒。")


def _derive(today: date) -> None:
    """Copies for the pages of the last days; the worker makes the others."""
    at = clock.now()
    since = clock.at_local(today - timedelta(days=DERIVED_DAYS))
    for photo in Photo.objects.filter(received_at__gte=since, thumb="").order_by("pk"):
        evidence.derive(photo=photo, at=at)


@contextmanager
def _hurried() -> Iterator[None]:
    """Nothing is forced to the disk until the end: what is lost in a power cut is built again."""
    sqlite = connection.vendor == "sqlite"
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        with vault.unforced():
            if sqlite:
                _pragma("synchronous=OFF")
            yield
    finally:
        gc.enable()
        gc.unfreeze()
        if sqlite:
            _pragma("synchronous=NORMAL")
            _pragma("wal_checkpoint(TRUNCATE)")
        if hasattr(os, "sync"):
            os.sync()


def _pragma(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {text}")


def _wipe() -> None:
    """Delete the demo: the database file (or all rows), the photos, the documents."""
    if connection.vendor == "sqlite":
        file = Path(str(connection.settings_dict["NAME"]))
        connection.close()
        for name in (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")):
            name.unlink(missing_ok=True)
    else:
        with appendonly.lifted(connection):
            call_command("flush", interactive=False, verbosity=0)
    store = storages["default"]
    if isinstance(store, FileSystemStorage):
        shutil.rmtree(store.location, ignore_errors=True)
    shutil.rmtree(Path(settings.VAR_DIR) / "demo", ignore_errors=True)


def _welcome(address: str) -> None:
    """The address and one account for every role."""
    say(f"\n创城一本账演示：{address}　（Ctrl-C 停止）")
    say(f"全部数据是虚构的，所有账号的口令都是 {ground.PASSWORD}，请勿对外开放。\n")
    for account in ground.accounts():
        say(f"  {account.phone}  {account.name}　{ROLES[account.role].name}（{account.unit}）")
    say(f"\n群众上报不用登录：{address}/public/")
    sys.stdout.flush()
