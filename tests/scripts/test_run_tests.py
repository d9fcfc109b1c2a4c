import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import run_tests
from run_tests import Leg, Tally

ROOT = Path(__file__).resolve().parents[2]


def report(path: Path, *suites: str) -> Path:
    path.write_text(f"<testsuites>{''.join(suites)}</testsuites>", encoding="utf-8")
    return path


def test_count_report_sums_what_pytest_wrote(tmp_path: Path) -> None:
    written = report(tmp_path / "r.xml", '<testsuite tests="10" failures="2" errors="1" skipped="3"/>')
    assert run_tests.count_report(written, 1) == Tally(passed=4, failed=3, skipped=3)


def test_count_report_of_a_run_that_broke_off_counts_a_failure(tmp_path: Path) -> None:
    assert run_tests.count_report(tmp_path / "nothing.xml", 4) == Tally(failed=1)
    written = report(tmp_path / "r.xml", '<testsuite tests="2" failures="0" errors="0" skipped="0"/>')
    assert run_tests.count_report(written, 2) == Tally(passed=2, failed=1)


def test_count_report_of_an_empty_run_is_nothing(tmp_path: Path) -> None:
    assert run_tests.count_report(tmp_path / "nothing.xml", run_tests.NOTHING_COLLECTED) == Tally()


def test_tally_is_printed_as_one_line() -> None:
    assert str(Tally(3, 0, 1) + Tally(4, 2, 0)) == "7 passed, 2 failed, 1 skipped"


def test_static_leg_counts_each_check() -> None:
    good, bad = ("python", "-c", "pass"), ("python", "-c", "raise SystemExit(1)")
    assert run_tests.run_static([good, bad, good]) == Tally(passed=2, failed=1)


def test_static_leg_looks_at_types_templates_and_floors() -> None:
    """`make check` runs this leg, and `make test` begins with it: one list for both."""
    assert {command[0] for command in run_tests.STATIC} == {
        "ruff",
        "lint-imports",
        "djlint",
        "python",
        "mypy",
    }
    check = (ROOT / "Makefile").read_text(encoding="utf-8").split("\ncheck:")[1].split("\n\n")[0]
    assert "scripts/run_tests.py --only static" in check


def test_leg_environ_keeps_a_developers_site_out(tmp_path: Path) -> None:
    base = {
        "PATH": "/bin",
        "WENMING_DATABASE": "postgres:///real",
        "WENMING_S3_BUCKET": "real-photos",
        "WENMING_TEST_PG": "postgres:///t",
    }
    found = run_tests.leg_environ(base, Leg("e2e", "", "e2e", environ={"MORE": "1"}), tmp_path)
    assert found == {
        "PATH": "/bin",
        "WENMING_TEST_PG": "postgres:///t",
        "WENMING_VAR": str(tmp_path),
        "WENMING_DATABASE": f"sqlite:///{tmp_path}/wenming.sqlite3",
        "MORE": "1",
    }


def test_leg_environ_names_the_database_of_the_leg(tmp_path: Path) -> None:
    found = run_tests.leg_environ({}, Leg("pg", "", "", database="postgres:///x"), tmp_path)
    assert found["WENMING_DATABASE"] == "postgres:///x"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the runner with a tests folder of its own, so that it can be run whole."""
    (tmp_path / "scripts").mkdir()
    for name in ("run_tests.py", "system_parts.py", "document_fonts.py", "temp_postgres.py"):
        (tmp_path / "scripts" / name).write_bytes((ROOT / "scripts" / name).read_bytes())
    (tmp_path / "var").mkdir()
    (tmp_path / "var/parts.json").write_text("{}", encoding="utf-8")
    (tmp_path / "tests").mkdir()
    markers = (
        "[pytest]\nmarkers =\n  e2e\n  office\n  fault\ntestpaths = tests\naddopts = -p no:cacheprovider\n"
    )
    (tmp_path / "pytest.ini").write_text(markers, encoding="utf-8")
    return tmp_path


# The tests of these trees need none of our plugins, and loading them takes most of the time.
BARE = {name: value for name, value in os.environ.items() if name != "WENMING_TEST_PG"}
BARE["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"


def run(tree: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, tree / "scripts/run_tests.py", "-j", "0", *words],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )


def test_runner_passes_and_ends_with_the_sum(tree: Path) -> None:
    (tree / "tests/test_a.py").write_text(
        "import os, pytest\n"
        "def test_own_var(): assert os.environ['WENMING_VAR'] in os.environ['WENMING_DATABASE']\n"
        "@pytest.mark.skip\ndef test_later(): pass\n"
        "@pytest.mark.fault\ndef test_elsewhere(): raise AssertionError\n",
        encoding="utf-8",
    )
    done = run(tree, "--only", "sqlite")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "1 passed, 0 failed, 1 skipped")


def test_runner_fails_when_a_test_fails(tree: Path) -> None:
    (tree / "tests/test_a.py").write_text("def test_wrong(): assert 1 == 2\n", encoding="utf-8")
    done = run(tree, "--only", "sqlite")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, "0 passed, 1 failed, 0 skipped")


def test_runner_fails_when_a_leg_is_empty(tree: Path) -> None:
    (tree / "tests/test_a.py").write_text("def test_right(): pass\n", encoding="utf-8")
    done = run(tree, "--only", "sqlite", "--only", "fault")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, "1 passed, 1 failed, 0 skipped")


def test_runner_gives_other_words_to_pytest(tree: Path) -> None:
    (tree / "tests/test_a.py").write_text(
        "def test_right(): pass\ndef test_wrong(): assert 0\n", encoding="utf-8"
    )
    done = run(tree, "--only", "sqlite", "-k", "right")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "1 passed, 0 failed, 0 skipped")


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_runner_stopped_in_the_middle_leaves_no_server(tree: Path, signal_number: int) -> None:
    (tree / "tests/test_a.py").write_text(
        "import os, pathlib, time\n"
        "def test_slow():\n"
        f"    pathlib.Path({str(tree / 'url')!r}).write_text(os.environ['WENMING_DATABASE'])\n"
        "    time.sleep(60)\n",
        encoding="utf-8",
    )
    process = subprocess.Popen(
        [sys.executable, tree / "scripts/run_tests.py", "-j", "0", "--only", "pg"],
        cwd=tree,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=BARE,
    )
    deadline = time.monotonic() + 60
    while not (tree / "url").exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    url = (tree / "url").read_text(encoding="utf-8")
    # Ctrl-C in a terminal reaches the whole group, the SIGTERM of a supervisor only the runner.
    if signal_number == signal.SIGINT:
        os.killpg(process.pid, signal_number)
    else:
        process.send_signal(signal_number)
    output, _ = process.communicate(timeout=240)
    folder = Path(url.split("host=")[1].split("&")[0])
    assert (process.returncode, output.splitlines()[-1]) == (130, "已中断。")
    assert folder.name.startswith("wmpg-")
    assert not folder.exists()
