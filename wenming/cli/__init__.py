"""The command line `wenming`. Exit codes: 0 done, 1 refused or failed, 2 wrong usage."""

import argparse
import importlib
import json
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import django
from django.apps import apps

from wenming.cli import arguments, terminal
from wenming.common.errors import DomainError

DONE, FAILED, USAGE = 0, 1, 2
_DEBUG = "WENMING_DEBUG"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. With --json the last line of standard output is exactly one JSON object."""
    words = list(sys.argv[1:] if argv is None else argv)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    terminal.json_mode(on="--json" in words)
    try:
        return _answer(*_run(words))
    except arguments.Usage as error:
        terminal.complain(str(error))
        return _answer(USAGE, {"ok": False, "code": "usage", "message": error.message})
    except DomainError as error:
        terminal.complain(error.message)
        return _answer(FAILED, {"ok": False, "code": error.code, "message": error.message})
    except KeyboardInterrupt:
        terminal.complain("已中断；已经写完的部分都在，可以再运行一次。")
        return _answer(FAILED, {"ok": False, "code": "interrupted", "message": "已中断"})
    except BrokenPipeError:
        return FAILED
    except Exception as error:
        return _answer(FAILED, _unexpected(error))


def _run(words: list[str]) -> tuple[int, dict[str, Any] | None]:
    extra = _demo() if words[:1] == ["demo"] else None
    parser = arguments.build(demo=extra)
    try:
        args = parser.parse_args(words)
    except SystemExit as end:  # --help and --version have said everything
        return int(end.code or 0), None
    if not getattr(args, "module", ""):
        parser.print_help()
        return USAGE, {"ok": False, "code": "usage", "message": "请写要执行的命令"}
    result = (extra or _command(args)).run(args)
    if isinstance(result, int):
        return result, None
    said = {"ok": True} | (result or {})
    return (DONE if said["ok"] else FAILED), said


def _setup() -> None:
    if not apps.ready:
        django.setup()


def _command(args: argparse.Namespace) -> Any:
    """The module of the command, with Django ready for it."""
    _setup()
    return importlib.import_module(f"wenming.cli.{args.module}")


def _demo() -> Any:
    """The demo keeps its own options, so it is asked for them before the line is read."""
    _setup()
    try:
        return importlib.import_module("wenming.cli.demo")
    except ModuleNotFoundError as error:
        if error.name != "wenming.cli.demo":
            raise
        raise DomainError("demo_missing", "这个版本没有带演示数据。") from None


def _answer(code: int, said: dict[str, Any] | None) -> int:
    if said is not None and terminal.wants_json():
        print(json.dumps(said, ensure_ascii=False, default=str), flush=True)
    return code


def _unexpected(error: Exception) -> dict[str, Any]:
    """One Chinese line for the person; the trace only for those who asked for it."""
    sentence = terminal.explain(error)
    terminal.complain(sentence)
    if os.environ.get(_DEBUG, "") in ("1", "true", "yes", "on"):
        traceback.print_exc()
    else:
        terminal.complain(f"（要看详细原因，请设环境变量 {_DEBUG}=1 后再运行一次。）")
    return {"ok": False, "code": type(error).__name__, "message": sentence}
