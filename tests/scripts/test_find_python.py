import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts/find_python.sh"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A home with a blank in its path and a `bin` that holds only what a shell script needs."""
    home = tmp_path / "王 主任"
    (home / "bin").mkdir(parents=True)
    return home


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def good_python(path: Path) -> Path:
    return program(path, f'exec "{sys.executable}" "$@"')


def old_python(path: Path) -> Path:
    # Answers every question of the script as an interpreter that does not fit.
    return program(path, "exit 1")


def find(home: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environ = {"HOME": str(home), "PATH": str(home / "bin"), **more}
    return subprocess.run(["/bin/sh", SCRIPT], env=environ, capture_output=True, text=True, check=False)


def system_wide() -> bool:
    """Whether this machine has a fitting Python in a fixed place that the search knows."""
    return any(Path(place).exists() for place in ("/usr/local/bin/python3.13", "/usr/local/bin/python3.12"))


def test_find_python_on_the_path(folder: Path) -> None:
    good_python(folder / "bin/python3.13")
    done = find(folder)
    assert (done.returncode, done.stdout) == (0, f"{sys.executable}\n")


def test_find_python_skips_an_older_one_on_the_path_for_pyenv(folder: Path) -> None:
    old_python(folder / "bin/python3")
    good_python(folder / ".pyenv/versions/3.13.0/bin/python3")
    done = find(folder)
    assert (done.returncode, done.stdout) == (0, f"{sys.executable}\n")


def test_find_python_skips_a_pyenv_shim_that_does_not_run(folder: Path) -> None:
    program(folder / "bin/python3.13", "echo 'pyenv: python3.13: command not found' >&2; exit 127")
    good_python(folder / "pyenv root/versions/3.12.1/bin/python3")
    done = find(folder, PYENV_ROOT=str(folder / "pyenv root"))
    assert (done.returncode, done.stdout) == (0, f"{sys.executable}\n")


def test_find_python_managed_by_uv(folder: Path) -> None:
    good_python(folder / ".local/share/uv/python/cpython-3.13.1-linux-x86_64-gnu/bin/python3")
    done = find(folder)
    assert (done.returncode, done.stdout) == (0, f"{sys.executable}\n")


def test_find_python_takes_the_named_one_first(folder: Path) -> None:
    marker = folder / "asked"
    program(folder / "mine", f'echo yes > "{marker}"; exec "{sys.executable}" "$@"')
    good_python(folder / "bin/python3.13")
    done = find(folder, PYTHON=str(folder / "mine"))
    assert (done.returncode, done.stdout, marker.exists()) == (0, f"{sys.executable}\n", True)


@pytest.mark.skipif(system_wide(), reason="这台机器在固定位置有合用的 Python")
def test_find_python_fails_where_there_is_none(folder: Path) -> None:
    old_python(folder / "bin/python3")
    done = find(folder)
    assert (done.returncode, done.stdout) == (1, "")


@pytest.mark.skipif(system_wide(), reason="这台机器在固定位置有合用的 Python")
def test_bootstrap_says_one_sentence_where_there_is_no_python(folder: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "scripts").mkdir(parents=True)
    for name in ("bootstrap.sh", "find_python.sh"):
        (tree / "scripts" / name).write_bytes((ROOT / "scripts" / name).read_bytes())
    for name in ("requirements.txt", "requirements-tools.txt", "pyproject.toml"):
        (tree / name).write_bytes((ROOT / name).read_bytes())
    for tool in ("dirname", "cat", "cksum", "id"):
        (folder / "bin" / tool).symlink_to(
            next(p for p in (Path("/usr/bin") / tool, Path("/bin") / tool) if p.exists())
        )
    environ = {"HOME": str(folder), "PATH": str(folder / "bin"), "LANG": os.environ.get("LANG", "C.UTF-8")}
    (folder / "bin/sh").symlink_to("/bin/sh")
    done = subprocess.run(
        ["/bin/sh", tree / "scripts/bootstrap.sh"], env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("需要 Python 3.12–3.14")
    assert len(done.stderr.splitlines()) == 1
