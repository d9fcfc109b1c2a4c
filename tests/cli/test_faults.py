"""Processes killed in the middle, a database that goes away: nothing committed is lost, work goes on by itself."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .conftest import FILL, ROOT, Site

sys.path.insert(0, str(ROOT / "scripts"))

import system_parts
import temp_postgres

pytestmark = pytest.mark.fault

SLOW_JOB = """
import datetime, sys
from wenming.ground.jobs import actions as jobs
from wenming.common import clock
jobs.enqueue(kind="evidence.derive", payload={"photo": str(__import__("uuid").uuid4())}, at=clock.now(), key="slow")
"""
# A worker whose one kind of job takes its time, and leaves a line in a file when it begins and when it ends.
SLOW_WORKER = """
import os, sys, time
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django; django.setup()
from wenming.ground.evidence import tasks
def slow(payload, at):
    with open({trace!r}, "a") as out: out.write("begun\\n")
    time.sleep({seconds})
    with open({trace!r}, "a") as out: out.write("ended\\n")
tasks.HANDLERS["evidence.derive"] = slow
from wenming import cli
sys.exit(cli.main(["worker", "--no-schedule", "--lease", "3"]))
"""


def until(ready: Callable[[], object], seconds: float = 40, what: str = "") -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, f"not in time: {what}"
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def status(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 -- our own address
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def children(pid: int) -> dict[int, str]:
    done = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True)
    rows = [line.split(None, 2) for line in done.stdout.splitlines()[1:]]
    return {int(row[0]): row[2] for row in rows if int(row[1]) == pid}


def test_a_killed_workers_job_is_taken_again_when_its_lease_has_run_out(
    sqlite_site: Site, tmp_path: Path
) -> None:
    site, trace = sqlite_site, tmp_path / "trace"
    site.python("from wenming.ground.jobs.models import Job; Job.objects.all().delete()")
    site.python(SLOW_JOB)

    def worker(seconds: float) -> "subprocess.Popen[str]":
        code = SLOW_WORKER.format(trace=str(trace), seconds=seconds)
        process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=site.environ, text=True)
        site.processes.append(process)
        return process

    first = worker(60)
    until(lambda: trace.exists() and trace.read_text() == "begun\n", what="job begun")
    first.kill()
    first.wait()
    second = worker(0)
    until(lambda: trace.read_text() == "begun\nbegun\nended\n", what="job taken again")
    second.terminate()
    assert second.wait(15) == 0
    look = "from wenming.ground.jobs.models import Job; j = Job.objects.get(key='slow'); print(j.state, j.attempts)"
    assert site.python(look) == "done 2"


@pytest.fixture
def served(sqlite_site: Site) -> tuple[Site, int, "subprocess.Popen[str]"]:
    port = free_port()
    process = sqlite_site.start("serve", "--port", port)
    until(lambda: "已启动" in sqlite_site.log("serve"), what="site is up")
    return sqlite_site, port, process


def test_a_killed_web_server_comes_back_and_loses_nothing_committed(
    served: tuple[Site, int, "subprocess.Popen[str]"],
) -> None:
    site, port, process = served
    count = "from wenming.records.cases.models import Case; print(Case.objects.count())"
    before = site.python(count)
    # Half an upload is on its way when the server dies.
    upload = http.client.HTTPConnection("127.0.0.1", port)
    upload.putrequest("POST", "/public/report/")
    upload.putheader("Content-Length", "5000000")
    upload.endheaders()
    upload.send(b"x" * 100_000)
    [web] = [pid for pid, line in children(process.pid).items() if "granian" in line]
    for pid in [*children(web), web]:
        os.kill(pid, signal.SIGKILL)
    until(lambda: "重新启动" in site.log("serve"), what="noticed")
    until(lambda: status(f"http://127.0.0.1:{port}/health/")[0] == 200, what="up again")
    upload.close()
    assert site.python(count) == before
    assert site.run("ledger", "verify").code == 0


def test_a_killed_worker_is_started_again(served: tuple[Site, int, "subprocess.Popen[str]"]) -> None:
    site, _, process = served
    [worker] = [pid for pid, line in children(process.pid).items() if "worker" in line]
    os.kill(worker, signal.SIGKILL)
    until(
        lambda: [p for p, line in children(process.pid).items() if "worker" in line and p != worker],
        what="new",
    )
    assert "后台任务意外退出" in site.log("serve")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopping_leaves_no_process_behind(
    served: tuple[Site, int, "subprocess.Popen[str]"], number: int
) -> None:
    _, port, process = served
    below = children(process.pid)
    below |= {pid: line for parent in list(below) for pid, line in children(parent).items()}
    assert len(below) >= 3
    process.send_signal(number)
    assert process.wait(25) == 0
    alive = [pid for pid in below if Path(f"/proc/{pid}").exists()] if Path("/proc").exists() else []
    assert alive == []
    assert status(f"http://127.0.0.1:{port}/health/")[0] == 0


def test_a_taken_port_is_said_before_anything_starts(sqlite_site: Site) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = sqlite_site.run("serve", "--port", taken.getsockname()[1], "--json")
    assert (said.code, said.json["code"]) == (1, "port_taken")


@pytest.fixture
def postgres() -> Iterator[temp_postgres.Server]:
    found = system_parts.find_postgres(os.environ)
    if found is None:
        pytest.skip("no PostgreSQL on this machine")
    with temp_postgres.running(found) as server:
        yield server


def test_while_the_database_is_away_pages_say_so_and_the_worker_waits(
    postgres: temp_postgres.Server, tmp_path: Path
) -> None:
    site = Site(tmp_path / "site", postgres.url())
    site.folder.mkdir()
    assert site.run("init").code == 0
    site.python(FILL)
    port = free_port()
    process = site.start("serve", "--port", port)
    try:
        until(lambda: "已启动" in site.log("serve"), what="site is up")
        home = f"http://127.0.0.1:{port}/health/"
        assert status(home)[0] == 200
        temp_postgres.stop(postgres.process)
        until(lambda: status(home)[0] == 503, what="503")
        assert "数据库正在重启或繁忙" in status(home)[1]
        until(lambda: "数据库暂时用不了" in site.log("serve"), what="worker waits")
        _start_again(postgres)
        until(lambda: status(home)[0] == 200, what="back")
        jobs = "from wenming.ground.jobs.models import Job; print(Job.objects.filter(key='slow', state='done').count())"
        site.python(SLOW_JOB)
        until(lambda: site.python(jobs) == "1", what="worker works again")
        assert process.poll() is None
        assert site.run("ledger", "verify").code == 0
    finally:
        site.stop()


def _start_again(server: temp_postgres.Server) -> None:
    """The same data, the same socket; `running` stops whatever process stands in `server`."""
    owner = temp_postgres.unprivileged()
    account = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
    options = ["listen_addresses=", f"unix_socket_directories={server.folder}"]
    process = subprocess.Popen(
        [
            server.programs / "postgres",
            "-D",
            server.folder / "data",
            *(w for o in options for w in ("-c", o)),
        ],
        cwd=server.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        **account,
    )
    until(lambda: temp_postgres.ready(server.folder / "data") or process.poll() is not None, what="postgres")
    _later.append(process)


_later: list["subprocess.Popen[bytes]"] = []


@pytest.fixture(autouse=True)
def _stop_started_again() -> Iterator[None]:
    yield
    while _later:
        temp_postgres.stop(_later.pop())


def test_backup_and_restore_on_postgresql(postgres: temp_postgres.Server, tmp_path: Path) -> None:
    site = Site(tmp_path / "site", postgres.url())
    site.folder.mkdir()
    assert site.run("init").code == 0
    site.python(FILL)
    file = tmp_path / "b.tar"
    said = site.run("backup", file, "--json")
    assert (said.code, said.json["database"]) == (0, "portable"), said.err
    assert site.run("restore", file, "--json").json["code"] == "not_empty"
    said = site.run("restore", file, "--force", "--json")
    assert (said.code, said.json["ok"], said.json["faults"]) == (0, True, []), said.err
    assert site.run("check").code == 0


def test_a_town_moves_from_sqlite_into_the_countys_postgresql(
    sqlite_site: Site, postgres: temp_postgres.Server, tmp_path: Path
) -> None:
    file = tmp_path / "b.tar"
    assert sqlite_site.run("backup", file, "--portable").code == 0
    county = Site(tmp_path / "county", postgres.url())
    county.folder.mkdir()
    said = county.run("restore", file, "--json")
    assert (said.code, said.json["ok"]) == (0, True), said.err
    look = "from wenming.records.cases.models import Case; print(Case.objects.get().number)"
    assert county.python(look) == sqlite_site.python(look)
