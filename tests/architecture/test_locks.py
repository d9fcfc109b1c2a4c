"""Locked dependencies: every file pinned and hashed, no host named, nothing unexplained."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKED = ["requirements.txt", "requirements-dev.txt", "requirements-tools.txt", "requirements-node.txt"]


def pinned(name: str) -> dict[str, tuple[str, int]]:
    """package → (version, how many hashes it has)."""
    found: dict[str, tuple[str, int]] = {}
    current = ""
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if match := re.match(r"^([a-z0-9][a-z0-9._-]*)(?:\[[a-z0-9,-]+\])?==(\S+)", line):
            current = match[1]
            found[current] = (match[2], 0)
        elif re.match(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$", line):
            version, hashes = found[current]
            found[current] = (version, hashes + 1)
        else:
            pytest.fail(f"{name}：认不出这一行「{line}」")
    return found


@pytest.mark.parametrize("name", LOCKED)
def test_requirements_are_all_pinned_and_hashed(name: str) -> None:
    packages = pinned(name)
    assert packages
    assert [package for package, (_, hashes) in packages.items() if hashes == 0] == []


@pytest.mark.parametrize("name", LOCKED)
def test_requirements_name_no_host(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert re.findall(r"://|--(?:extra-)?index|--find-links|--trusted-host", text) == []


def test_test_tools_run_the_same_versions_as_production() -> None:
    production = {package: version for package, (version, _) in pinned("requirements.txt").items()}
    tests = {package: version for package, (version, _) in pinned("requirements-dev.txt").items()}
    assert {package: tests.get(package) for package in production} == production


@pytest.mark.parametrize(
    "name", ["requirements.in", "requirements-dev.in", "requirements-tools.in", "requirements-node.in"]
)
def test_every_dependency_says_why_it_is_there(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    wanted = [line for line in lines if line and not line.startswith(("#", "-r "))]
    assert wanted
    assert [line for line in wanted if not re.search(r"\S +# \S", line)] == []


@pytest.mark.parametrize(
    ("source", "locked"),
    [
        ("requirements.in", "requirements.txt"),
        ("requirements-dev.in", "requirements-dev.txt"),
        ("requirements-tools.in", "requirements-tools.txt"),
        ("requirements-node.in", "requirements-node.txt"),
    ],
)
def test_every_dependency_is_locked(source: str, locked: str) -> None:
    lines = (ROOT / source).read_text(encoding="utf-8").splitlines()
    wanted = {
        re.sub("[._]", "-", re.split(r"[\[~=<> ]", line)[0]).lower()
        for line in lines
        if line and line[0] not in "#-"
    }
    assert wanted - set(pinned(locked)) == set()


def test_npm_lock_names_no_registry() -> None:
    text = (ROOT / "frontend/package-lock.json").read_text(encoding="utf-8")
    assert text.count('"resolved"') == 0
    assert "registry" not in text


def test_npm_lock_has_integrity_for_every_package() -> None:
    lock = json.loads((ROOT / "frontend/package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert [
        name for name, entry in packages.items() if not entry.get("integrity", "").startswith("sha512-")
    ] == []


def test_npm_lock_serves_linux_and_macos() -> None:
    lock = json.loads((ROOT / "frontend/package-lock.json").read_text(encoding="utf-8"))
    bundlers = {
        f"node_modules/@esbuild/{system}"
        for system in ("linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64")
    }
    assert bundlers - set(lock["packages"]) == set()


def test_npm_packages_are_pinned_exactly() -> None:
    package = json.loads((ROOT / "frontend/package.json").read_text(encoding="utf-8"))
    assert "dependencies" not in package
    loose = [
        name
        for name, version in package["devDependencies"].items()
        if not re.fullmatch(r"\d+\.\d+\.\d+", version)
    ]
    assert loose == []


def test_npm_runs_no_foreign_scripts_and_writes_no_addresses() -> None:
    settings = (ROOT / "frontend/.npmrc").read_text(encoding="utf-8").splitlines()
    assert {"ignore-scripts=true", "omit-lockfile-registry-resolved=true"} - set(settings) == set()
