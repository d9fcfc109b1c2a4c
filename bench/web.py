"""The real web server with two workers, driven by four clients, on a town with 10,000 and then 100,000 cases."""

import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from bench import house, town
from bench.rows import Row

WORKERS, CLIENTS = 2, 4
SMALL, LARGE = 10_000, 100_000
TOKEN = "b" * 32


def lists(t: SimpleNamespace) -> dict[str, str]:
    """The filters that are measured, as queries of the list page."""
    unit = t.communities[0].uuid
    return {
        "不筛选": "", "状态+单位+日期": f"state=closed&unit={unit}&since=2025-06-01&until=2025-12-31",
        "红灯": "light=red", "常见词「垃圾」": "words=垃圾", "少见词「窨井盖」": "words=窨井盖",
        "没有的词": "words=没有这样的", "大类": "category=0601", "责任单位、按期限": f"lead={unit}&sort=due",
        "第 100 页": "page=100",
    }  # fmt: skip


# --- the server --------------------------------------------------------------------------------------------
@contextmanager
def serving(var: Path, url: str) -> Iterator[tuple[int, int]]:
    """The web server as an office runs it; yields (port, process)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
        "--workers", str(WORKERS), "--log-level", "warning", "config.wsgi:application",
    ]  # fmt: skip
    environ = {**os.environ, "WENMING_DEBUG": "0", "WENMING_DATABASE": url, "PYTHONPATH": str(house.ROOT)}
    with (var / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=house.ROOT, env=environ, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                HTTPConnection("127.0.0.1", port, timeout=10).request("GET", "/")
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    sys.exit("网站没有起来：" + (var / "server.log").read_text(errors="replace")[-800:])
                time.sleep(0.1)
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()


def cpu_seconds(parent: int) -> float:
    """Processor time that the workers have used so far."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    fields = [Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in children]
    return sum(int(each[11]) + int(each[12]) for each in fields) / os.sysconf("SC_CLK_TCK")


def rss_mb(parent: int) -> float:
    """Resident memory of the largest worker process, in MB."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    sizes = [re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()) for pid in children]
    return max((int(found[1]) / 1024 for found in sizes if found), default=0.0)


# --- a client, in a process of its own ------------------------------------------------------------------------
@dataclass(frozen=True)
class Ask:
    """One request: who, what; GET without data, else POST."""

    session: str
    path: str
    data: dict[str, str] | None = None


@dataclass(frozen=True)
class Told:
    status: int
    seconds: float
    location: str


def client(port: int, asks: list[Ask], start: float) -> list[Told]:
    """Send the requests one after the other over one connection, from the moment `start` on."""
    link = HTTPConnection("127.0.0.1", port, timeout=60)
    time.sleep(max(0.0, start - time.time()))
    told = [send(link, ask) for ask in asks]
    link.close()
    return told


def send(link: HTTPConnection, ask: Ask) -> Told:
    """One request and its whole answer."""
    headers = {"Cookie": f"sessionid={ask.session}; csrftoken={TOKEN}"}
    body = None
    if ask.data is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode({"csrfmiddlewaretoken": TOKEN, "key": str(uuid.uuid4()), **ask.data})
    began = time.perf_counter()
    link.request("GET" if body is None else "POST", ask.path, body, headers)
    answer = link.getresponse()
    answer.read()
    return Told(answer.status, time.perf_counter() - began, answer.headers.get("Location", ""))


def drive(port: int, plans: list[list[Ask]]) -> tuple[list[list[Told]], float]:
    """Run one client for each plan at the same time; returns the answers and the seconds from first to last."""
    with ProcessPoolExecutor(len(plans), mp_context=get_context("spawn")) as pool:
        list(pool.map(_ready, range(len(plans))))
        start = time.time() + 0.5
        told = list(pool.map(partial(client, port), plans, [start] * len(plans)))
        return told, time.time() - start


def _ready(number: int) -> int:
    time.sleep(0.3)
    return number


# --- the measures ---------------------------------------------------------------------------------------------
def measure(url: str, *, quick: bool) -> Iterator[Row]:
    """All figures of this module; `quick` stays at 10,000 cases."""
    with tempfile.TemporaryDirectory(prefix="wmbench-") as folder:
        var = Path(folder)
        os.environ["WENMING_VAR"] = folder
        house.open_house(url)
        from django.core.management import call_command  # noqa: PLC0415

        call_command("collectstatic", interactive=False, verbosity=0)
        t = town.build()
        clerk = town.session(t.clerks[0])
        town.fill(t, 0, SMALL)
        small = house.copied(url, "small")
        if not quick:
            town.fill(t, SMALL, LARGE)
        size = SMALL if quick else LARGE
        yield from statements(t, size)
        with serving(var, url) as (port, parent):
            yield from changes(port, parent, t)
            with serving(var, small) as (small_port, _):
                yield from pages((small_port, port), clerk, t, size)
            yield Row("网站进程内存（负载之后）", rss_mb(parent), "MB", 250)


def list_ms(ports: tuple[int, int], clerk: str, query: str, times: int = 25) -> tuple[float, float]:
    """Median milliseconds of a list page of 50 on the small and on the large town.

    The two take turns, so that whatever else the machine does falls on both.
    """
    ask = Ask(clerk, "/desk/cases/?size=50&" + _quoted(query))
    links = [HTTPConnection("127.0.0.1", port, timeout=60) for port in ports]
    told = [(send(links[0], ask), send(links[1], ask)) for _ in range(times + 6)][6:]
    for link in links:
        link.close()
    kinds = Counter(each.status for pair in told for each in pair)
    assert set(kinds) == {200}, f"{query}: {kinds}"  # noqa: S101
    small, large = (
        statistics.median(each.seconds for each in line) * 1000 for line in zip(*told, strict=True)
    )
    return small, large


def _quoted(query: str) -> str:
    return urlencode([tuple(pair.split("=", 1)) for pair in query.split("&") if pair])


def changes(port: int, parent: int, t: SimpleNamespace, each: int = 75) -> Iterator[Row]:
    """Report by four inspectors, then lead these cases through register, dispatch, sign, hand-in and acceptance."""
    clerks, seen = [town.session(one) for one in t.clerks], [town.session(one) for one in t.inspectors]
    heads = [town.session(one) for one in t.secretaries]
    units = [str(unit.uuid) for unit in t.communities]
    spots = [f"u:{key}" for key in units]
    desk = [
        [Ask(seen[n], "/desk/cases/new/", _report(units[(n + m) % 12])) for m in range(each)]
        for n in range(CLIENTS)
    ]
    yield from _rate("上报一件（工作台表单，无照片）", *_driven(port, parent, desk), 60)
    made: list[list[Told]]
    phone = [
        [Ask(seen[n], "/field/report/", _report_by_phone(spots[n])) for _ in range(each)]
        for n in range(CLIENTS)
    ]
    yield from _rate("上报一件（手机表单，无照片）", *_driven(port, parent, phone), 60)

    # Cases to change: reported at the desk once more, so that their addresses come back.
    made, _ = drive(
        port,
        [
            [Ask(clerks[n], "/desk/cases/new/", _report(units[n])) for _ in range(each)]
            for n in range(CLIENTS)
        ],
    )
    cases = [[told.location for told in line] for line in made]
    counted, seconds = 0, 0.0
    rows: list[Row] = []
    for code, who, data in (
        ("register", clerks, {"category": "06010", "description": "巷口两处垃圾未清", "path": "community"}),
        ("dispatch", clerks, {"term_value": "1", "term_unit": "work_day"}),
        ("sign", heads, {}),
        ("hand_in", heads, {"measures": "已清理", "no_photo": "雨天相机进水"}),
        ("accept", clerks, {}),
    ):
        plans = [
            [
                Ask(who[n], f"{case}{code}/", data | ({"lead": units[n]} if code == "dispatch" else {}))
                for case in line
            ]
            for n, line in enumerate(cases)
        ]
        told, took, used = _driven(port, parent, plans)
        rows += _rate(f"　其中 {_STEP[code]}", told, took, used, None)
        counted, seconds = counted + sum(map(len, told)), seconds + took
    yield Row("改变状态（5 种步骤合计，4 个客户端）", counted / seconds, "次/秒", 80, at_least=True)
    yield from rows
    yield from one_case(port, clerks[0], heads[0], units[0])


_STEP = {"register": "立案", "dispatch": "派遣", "sign": "签收", "hand_in": "处置反馈", "accept": "核查通过"}


def _report(unit: str) -> dict[str, str]:
    return {"category": "06010", "description": "巷口两处垃圾未清", "unit": unit, "source": "town"}


def _report_by_phone(spot: str) -> dict[str, str]:
    return {
        "category": "06010",
        "description": "巷口两处垃圾未清",
        "place": spot,
        "path": "",
        "source": "town",
    }


def _driven(port: int, parent: int, plans: list[list[Ask]]) -> tuple[list[list[Told]], float, float]:
    """`drive`, and the processor time the workers used."""
    before = cpu_seconds(parent)
    told, seconds = drive(port, plans)
    return told, seconds, cpu_seconds(parent) - before


def _rate(
    what: str, told: list[list[Told]], seconds: float, used: float, limit: float | None
) -> Iterator[Row]:
    flat = [each for line in told for each in line]
    kinds = Counter(each.status for each in flat)
    good = kinds[303]
    median = statistics.median(each.seconds for each in flat) * 1000
    note = f"中位 {median:.0f} 毫秒，网站每次用处理器 {used / len(flat) * 1000:.0f} 毫秒" + (
        "" if good == len(flat) else f"；状态码 {dict(kinds)}"
    )
    yield Row(what, good / seconds, "次/秒", limit, at_least=True, note=note)


def one_case(port: int, clerk: str, head: str, unit: str, rounds: int = 20) -> Iterator[Row]:
    """Four clients sign one case at the same moment, `rounds` times over: one success each time, no error."""
    made, _ = drive(port, [[Ask(clerk, "/desk/cases/new/", _report(unit)) for _ in range(rounds)]])
    urls = [told.location for told in made[0]]
    for code, data in (
        ("register", {"category": "06010", "description": "巷口垃圾", "path": "community"}),
        ("dispatch", {"lead": unit, "term_value": "1", "term_unit": "work_day"}),
    ):
        drive(port, [[Ask(clerk, f"{url}{code}/", data) for url in urls]])
    told, _ = drive(port, [[Ask(head, f"{url}sign/", {}) for url in urls] for _ in range(CLIENTS)])
    per_case = [Counter(line[n].status for line in told) for n in range(rounds)]
    kinds = sum(per_case, Counter())
    once = sum(each[303] == 1 for each in per_case)
    note = f"{rounds} 件 × {CLIENTS} 人同时签收，状态码 {dict(kinds)}"
    yield Row(
        "同时改一件：既不成功也不是明确拒绝的",
        float(kinds.total() - kinds[303] - kinds[409]),
        "次",
        0,
        note=note,
    )
    yield Row("同时改一件：恰好一次成功的", float(once), "件", rounds, at_least=True)


def pages(ports: tuple[int, int], clerk: str, t: SimpleNamespace, size: int) -> Iterator[Row]:
    """List pages with filters on the small and the large town, case page and home page; one client."""
    from wenming.records.cases.models import Case  # noqa: PLC0415

    port = ports[1]
    for name, query in lists(t).items():
        small, large = list_ms(ports, clerk, query)
        yield Row(f"台账 50 条：{name}", large, "毫秒", 40)
        if size != SMALL:
            yield Row("　比一万件时", large / small, "倍", 1.3, note=f"一万件时 {small:.1f} 毫秒")
    cases = list(Case.objects.filter(state="handling").values_list("uuid", flat=True)[:40])
    told = client(port, [Ask(clerk, f"/desk/cases/{key}/") for key in cases], 0)[5:]
    yield Row("案卷页", statistics.median(each.seconds for each in told) * 1000, "毫秒")
    told = client(port, [Ask(clerk, "/desk/")] * 20, 0)[5:]
    yield Row("工作台首页（待办、本周数字）", statistics.median(each.seconds for each in told) * 1000, "毫秒")
    told = client(port, [Ask(clerk, "/board/")] * 20, 0)[5:]
    codes = {each.status for each in told}
    yield Row("看板", statistics.median(each.seconds for each in told) * 1000, "毫秒", note="" if codes == {200} else f"状态码 {codes}")  # fmt: skip


# --- statements, counted in this process ------------------------------------------------------------------------
def statements(t: SimpleNamespace, size: int) -> Iterator[Row]:
    """How many statements each request sends (BEGIN, COMMIT and savepoints count too), and list ÷ (bare SQL + empty page)."""
    asker = _Asker()
    clerk, head, seen = (asker.log_in(one) for one in (t.clerks[0], t.secretaries[0], t.inspectors[0]))
    units = [str(unit.uuid) for unit in t.communities]
    for turn in ("暖身", "计数"):  # the first time reads packs, calendar and templates
        counts: dict[str, int] = {}
        counts["上报（工作台）"], url = asker.post(seen, "/desk/cases/new/", _report(units[0]))
        counts["上报（手机）"], _ = asker.post(seen, "/field/report/", _report_by_phone(f"u:{units[0]}"))
        for code, who, data in (
            ("register", clerk, {"category": "06010", "description": "巷口垃圾", "path": "community"}),
            ("dispatch", clerk, {"lead": units[0], "term_value": "1", "term_unit": "work_day"}),
            ("sign", head, {}),
            ("hand_in", head, {"measures": "已清理", "no_photo": "雨天相机进水"}),
            ("accept", clerk, {}),
        ):
            counts[_STEP[code]], _ = asker.post(who, f"{url}{code}/", data)
        pages_ = {
            name: asker.get(clerk, f"/desk/cases/?size=50&{_quoted(query)}")
            for name, query in lists(t).items()
        }
        counts_page = asker.get(clerk, url)[0]
        if turn == "计数":
            for name, count in counts.items():
                yield Row(f"语句数：{name}", count, "条", 20)
            yield Row("语句数：台账 50 条（最多的一种筛选）", max(n for n, _ in pages_.values()), "条", 12)
            yield Row("语句数：案卷页", counts_page, "条", 15)
    yield from ratios(asker, clerk, t, size)


def ratios(asker: "_Asker", clerk: Any, t: SimpleNamespace, size: int) -> Iterator[Row]:
    """Time of a full list ÷ (time of its statements alone + time of the same page without rows)."""
    # A page without rows: the filter of a day before the town was founded.
    empty = asker.median(clerk, "/desk/cases/?size=50&until=2001-01-01")
    worst, told = 0.0, ""
    for name, query in lists(t).items():
        path = f"/desk/cases/?size=50&{_quoted(query)}"
        ratio = asker.median(clerk, path) / (asker.bare(clerk, path) + empty)
        if ratio > worst:
            worst, told = ratio, name
    yield Row("台账 50 条 ÷（裸 SQL + 空页）", worst, "倍", 3, note=f"最差的是「{told}」，{size:,} 件")


class _Asker:
    """Django's test client with a count and a clock."""

    def log_in(self, person: Any) -> Any:
        from django.conf import settings  # noqa: PLC0415
        from django.test import Client  # noqa: PLC0415

        made = Client()
        made.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[-1])
        return made

    def _counted(self, call: Any) -> tuple[list[Any], Any]:
        from django.db import connection  # noqa: PLC0415
        from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

        with CaptureQueriesContext(connection) as seen:
            answer = call()
        return list(seen.captured_queries), answer

    def get(self, who: Any, path: str) -> tuple[int, Any]:
        sent, answer = self._counted(partial(who.get, path))
        assert answer.status_code == 200, f"{path}: {answer.status_code}"  # noqa: S101
        return len(sent), answer

    def post(self, who: Any, path: str, data: dict[str, str]) -> tuple[int, str]:
        sent, answer = self._counted(partial(who.post, path, {"key": str(uuid.uuid4()), **data}))
        assert answer.status_code == 303, f"{path}: {answer.status_code}"  # noqa: S101
        return len(sent), answer.headers["Location"]

    def median(self, who: Any, path: str, times: int = 15) -> float:
        took = []
        for _ in range(times):
            began = time.perf_counter()
            who.get(path)
            took.append(time.perf_counter() - began)
        return statistics.median(took)

    def bare(self, who: Any, path: str, times: int = 15) -> float:
        """The statements of the page, sent again without the page."""
        from django.db import connection  # noqa: PLC0415

        sent, _ = self._counted(partial(who.get, path))
        took = []
        with connection.cursor() as cursor:
            for _ in range(times):
                began = time.perf_counter()
                for one in sent:
                    cursor.execute(one["sql"].replace("%", "%%"), [])
                    if cursor.description:
                        cursor.fetchall()
                took.append(time.perf_counter() - began)
        return statistics.median(took)
