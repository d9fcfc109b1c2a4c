"""The command line in the test's own process, and whole installations of their own for what needs processes."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from wenming import cli

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.out.splitlines()[-1])


@pytest.fixture
def wenming(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """wenming("import", "units", path) runs the command here and now."""

    def run(*words: object) -> Said:
        capsys.readouterr()
        code = cli.main([str(word) for word in words])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return run


@dataclass
class Site:
    """An installation in a folder: its own database, files, processes."""

    folder: Path
    database: str
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def environ(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("WENMING_")}
        clean.pop("DJANGO_SETTINGS_MODULE", None)
        return clean | {
            "WENMING_VAR": str(self.folder / "var"),
            "WENMING_DATABASE": self.database,
            "PYTHONPATH": str(ROOT),
        }

    def run(self, *words: object) -> Said:
        done = subprocess.run(
            [sys.executable, "-m", "wenming.cli", *map(str, words)],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def start(self, *words: object) -> "subprocess.Popen[str]":
        """A command that stays; killed with all its children at the end of the test."""
        log = (self.folder / f"{words[0]}.log").open("w")
        process = subprocess.Popen(
            [sys.executable, "-m", "wenming.cli", *map(str, words)],
            cwd=ROOT,
            env=self.environ,
            stdout=log,
            stderr=log,
            text=True,
        )
        log.close()
        self.processes.append(process)
        return process

    def log(self, command: str) -> str:
        return (self.folder / f"{command}.log").read_text()

    def python(self, code: str) -> str:
        """Run code inside the installation; returns what it printed."""
        head = "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings'; django.setup()\n"
        done = subprocess.run(
            [sys.executable, "-c", head + code],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


FILL = """
from tests import factories
t = factories.build_town()
factories.Life(t).closed()
"""


@pytest.fixture(scope="session")
def filled_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filled installation on SQLite, made once and copied for each test that needs one."""
    folder = tmp_path_factory.mktemp("filled")
    site = Site(folder, f"sqlite:///{folder}/db.sqlite3")
    said = site.run("init", "--json")
    assert said.code == 0, said.err
    site.python(FILL)
    return folder


@pytest.fixture
def sqlite_site(filled_folder: Path, tmp_path: Path) -> Any:
    """A filled installation on SQLite."""
    folder = tmp_path / "site"
    shutil.copytree(filled_folder, folder)
    site = Site(folder, f"sqlite:///{folder}/db.sqlite3")
    yield site
    site.stop()
