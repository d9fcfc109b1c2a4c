"""`wenming check`: one line for everything that must hold, with what to do where it does not."""

import argparse
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from wenming.cli.terminal import progress, say, size
from wenming.common import appendonly, clock, packs
from wenming.common.errors import DomainError
from wenming.ground.audit import queries as history
from wenming.ground.calendar import loading as calendar_loading
from wenming.ground.calendar import queries as calendar
from wenming.ground.jobs import states as job_states
from wenming.ground.jobs.models import Job
from wenming.outcomes.packs import CALENDAR, LOADERS
from wenming.outcomes.scoring import reading as scoring
from wenming.records.cases import timing
from wenming.records.cases.models import Case

SAMPLE = 200
GUARDED = ("audit_record", "ledger_entry")
_LEAST_FREE = 1_000_000_000


@dataclass(frozen=True)
class Finding:
    """`ok` None: not wrong, but worth knowing."""

    what: str
    ok: bool | None
    said: str

    def __str__(self) -> str:
        return f"{'✓' if self.ok else '✗' if self.ok is False else '！'} {self.what}：{self.said}"


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Exit code 1 when anything is ✗; ！ is only a hint."""
    findings: list[Finding] = []
    for look in (_configuration, _packs, _storage, _disk, _database):
        findings += _safely(look)
    if all(finding.ok is not False for finding in findings if finding.what == "数据库"):
        for look in (_migrations, _guards, lambda: _cases(whole=args.all), _calendar, _jobs):
            findings += _safely(look)
    findings += _safely(_parts)
    for finding in findings:
        say(str(finding))
    bad = [finding for finding in findings if finding.ok is False]
    say(f"{len(findings)} 项，{len(bad)} 项不通过。" if bad else f"{len(findings)} 项全部通过。")
    return {
        "ok": not bad,
        "checks": [{"what": each.what, "ok": each.ok is not False, "said": each.said} for each in findings],
    }


def _safely(look: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """A check that itself fails is a finding, not the end of the command."""
    found: list[Finding] = []
    try:
        found.extend(look())
    except Exception as error:
        found.append(Finding("检查", False, f"没有做完：{type(error).__name__} {error}"))
    return found


def _configuration() -> Iterator[Finding]:
    yield Finding("配置", True, f"数据目录 {settings.VAR_DIR}")
    if settings.DEBUG:
        yield Finding("配置", None, "WENMING_DEBUG 开着，正式使用请关掉。")
    if settings.ALLOWED_HOSTS == ["*"]:
        yield Finding("配置", None, "WENMING_HOSTS 没有设，任何域名都能访问；正式使用请写明域名。")
    if not settings.SESSION_COOKIE_SECURE:
        yield Finding("配置", None, "WENMING_HTTPS 没有开；对外提供服务请用 HTTPS 并设为 1。")


def _packs() -> Iterator[Finding]:
    files = sorted(Path(settings.PACKS_DIR).rglob("*.yaml"))
    wrong = 0
    for path in files:
        label = str(path.relative_to(settings.PACKS_DIR))
        try:
            pack = packs.load(path, label=label)
            if pack.kind == CALENDAR:
                calendar_loading.read(path)
            elif pack.kind == scoring.KIND:
                scoring.read(path, label=label)
            elif pack.kind in LOADERS:
                LOADERS[pack.kind].read(pack)
            else:
                raise pack.body.fail(f"不认识的种类「{pack.kind}」", "kind")
        except DomainError as error:
            wrong += 1
            yield Finding("规则包", False, f"{error.message}。请改正后再运行。")
    if not files:
        yield Finding("规则包", False, f"目录 {settings.PACKS_DIR} 里没有规则包；请检查 WENMING_PACKS。")
    elif not wrong:
        yield Finding("规则包", True, f"{len(files)} 个文件都合规。")


def _storage() -> Iterator[Finding]:
    storage, name = storages["default"], f"check/{os.getpid()}"
    try:
        saved = storage.save(name, ContentFile(b"wenming"))
        with storage.open(saved, "rb") as file:
            same = file.read() == b"wenming"
        storage.delete(saved)
    except Exception as error:
        # A store may fail in any way of its own library.
        yield Finding(
            "存储", False, f"写不进去（{type(error).__name__} {error}）；请检查目录权限或 WENMING_S3_… 设置。"
        )
        return
    where = getattr(storage, "location", "") or getattr(storage, "bucket_name", "")
    yield Finding("存储", same, f"可读写（{where}）" if same else "读回的内容不对，请检查存储服务。")


def _disk() -> Iterator[Finding]:
    free = shutil.disk_usage(settings.VAR_DIR).free
    enough = free >= _LEAST_FREE
    yield Finding("磁盘", enough, f"剩余 {size(free)}" + ("" if enough else "，不足 1 GB；请清理或扩容。"))


def _database() -> Iterator[Finding]:
    try:
        connection.ensure_connection()
    except Exception as error:
        yield Finding(
            "数据库",
            False,
            f"连不上（{str(error).strip().splitlines()[0]}）；请检查 WENMING_DATABASE 和数据库服务。",
        )
        return
    name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(connection.vendor, connection.vendor)
    yield Finding("数据库", True, f"{name} {'.'.join(map(str, connection.get_database_version()))}")


def _migrations() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    said = f"还有 {len(plan)} 步没有做，请运行 wenming init。" if plan else "都是最新的。"
    yield Finding("表结构", not plan, said)


def _guards() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        present = {name for (name,) in cursor.fetchall()}
    wanted = {name for table in GUARDED for name in _trigger_names(table)}
    missing = sorted(wanted - present)
    said = (
        f"缺少 {'、'.join(missing)}；历史和账目可能被改动，请从备份恢复或联系维护人员。"
        if missing
        else "历史和账目只许追加。"
    )
    yield Finding("触发器", not missing, said)


def _trigger_names(table: str) -> Iterator[str]:
    for statement in appendonly.create_sql(table, connection.vendor):
        _, _, rest = statement.partition("CREATE TRIGGER ")
        yield rest.split()[0]


def _cases(*, whole: bool) -> Iterator[Finding]:
    """The clock columns of cases must be what their history says."""
    found = Case.objects.exclude(dispatched_at=None).order_by("-pk")
    chosen = found if whole else found[:SAMPLE]
    total, wrong, working = chosen.count(), [], calendar.calendar()
    with progress("核对期限") as tell:
        for number, case in enumerate(chosen.iterator(500) if whole else chosen, start=1):
            told = timing.read(list(history.of(case.uuid)), working)
            if (told.due.at, told.sign_due.at, told.warn_at) != (case.due_at, case.sign_due_at, case.warn_at):
                wrong.append(case.number)
            tell(number, total)
    if wrong:
        names = "、".join(wrong[:5])
        yield Finding(
            "案卷期限",
            False,
            f"{len(wrong)} 件与历史推算不符（{names}）；请检查日历改动后是否有未完成的后台任务。",
        )
    else:
        yield Finding("案卷期限", True, f"核对 {total} 件，都与历史推算一致。")


def _calendar() -> Iterator[Finding]:
    for warning in calendar.warnings(clock.local_date(clock.now())):
        yield Finding("工作日历", None, warning)


def _jobs() -> Iterator[Finding]:
    failed = Job.objects.filter(state=job_states.FAILED).count()
    if failed:
        yield Finding("后台任务", False, f"{failed} 项失败；请系统管理员到「后台任务」查看原因并重试。")
    else:
        yield Finding("后台任务", True, "没有失败的。")


def _parts() -> Iterator[Finding]:
    """What set-up found on this machine; both only concern PDF and pictures, so they are hints."""
    path = Path(settings.VAR_DIR) / "parts.json"
    try:
        parts = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        parts = {}
    soffice = parts.get("soffice") or shutil.which("soffice")
    yield Finding(
        "LibreOffice",
        bool(soffice) or None,
        str(soffice or "没有；公文只出 Word，不出 PDF。装法：apt-get install libreoffice-writer-nogui"),
    )
    fonts = parts.get("fangsong")
    yield Finding(
        "字体",
        bool(fonts) or None,
        "有仿宋替代字体" if fonts else "没有仿宋替代字体，PDF 用 Noto 代替；Word 不受影响。",
    )
