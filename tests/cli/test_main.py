"""The frame of the command line: Chinese help, exit codes, one JSON object, no stack traces."""

import argparse
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import OperationalError

from wenming.cli import arguments, ledger, main
from wenming.common.errors import DomainError

LEAVES = [
    "init", "serve", "worker", "load-pack", "import", "export", "ledger", "ledger verify", "ledger query", "document",
    "document make", "parcel", "parcel in", "parcel out", "backup", "restore", "check", "score", "score adopt", "score check", "score compute", "score run", "score verify",
]  # fmt: skip


def commands(
    parser: argparse.ArgumentParser, prefix: str = ""
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield f"{prefix}{name}", below
                yield from commands(below, f"{prefix}{name} ")


def test_every_command_is_listed_here() -> None:
    assert sorted(name for name, _ in commands(arguments.build()) if name != "demo") == sorted(LEAVES)


@pytest.mark.parametrize("line", ["", *LEAVES])
def test_help_is_chinese_and_succeeds(line: str, wenming: Callable[..., Any]) -> None:
    said = wenming(*line.split(), "--help")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("用法：wenming")
    assert re.search(r"[一-鿿]{4}", said.out.split("\n\n", 1)[1])
    assert re.findall(r"usage|options|positional|show this|optional|arguments", said.out) == []


@pytest.mark.parametrize("name", LEAVES)
def test_every_option_is_explained(name: str) -> None:
    parser = dict(commands(arguments.build()))[name]
    for action in parser._actions:
        if action.help != argparse.SUPPRESS and not isinstance(action, argparse._SubParsersAction):
            assert action.help, f"{name}: {action.dest}"
            assert re.search(r"[一-鿿]", action.help)


@pytest.mark.parametrize("name", LEAVES)
def test_every_command_takes_json(name: str) -> None:
    assert "--json" in dict(commands(arguments.build()))[name]._option_string_actions


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("fly", "用法不对：参数 命令 不能是 'fly'"),
        ("import", "用法不对：缺少参数：种类, 文件。"),
        ("import cats x.xlsx", "用法不对：参数 种类 不能是 'cats'"),
        ("serve --port x", "用法不对：参数 --port 应是数字，不能是 'x'"),
        ("backup", "用法不对：缺少参数：文件。"),
        ("check --fast", "用法不对：不认识的参数：--fast。"),
        ("ledger", "用法不对：缺少参数：命令。"),
        ("init --phones 1", "用法不对：参数 --phones 后面要跟 3 个值。"),
        ("export cases", "用法不对：缺少参数：文件。"),
    ],
)
def test_wrong_usage_is_said_in_chinese(line: str, sentence: str, wenming: Callable[..., Any]) -> None:
    said = wenming(*line.split(), "--json")
    assert said.code == 2
    assert sentence in said.err
    assert said.json["ok"] is False
    assert len(said.out.splitlines()) == 1


def test_no_command_shows_the_help(wenming: Callable[..., Any]) -> None:
    said = wenming()
    assert (said.code, said.out.startswith("用法：wenming")) == (2, True)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (DomainError("no", "不行，请改好再来。"), "不行，请改好再来。"),
        (OperationalError("connection refused"), "数据库连不上或正忙（connection refused）。"),
        (PermissionError(13, "Permission denied", "/x"), "文件操作失败：/x（没有权限）。"),
        (OSError(999, "Very odd", "/x"), "文件操作失败：/x（Very odd）。"),
        (RuntimeError("boom"), "出错了：RuntimeError boom。"),
    ],
)
def test_errors_are_one_sentence_without_a_trace(
    error: Exception, sentence: str, wenming: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_args: object) -> None:
        raise error

    monkeypatch.delenv("WENMING_DEBUG", raising=False)
    monkeypatch.setattr(ledger, "run", fail)
    said = wenming("ledger", "verify", "--json")
    assert said.code == 1
    assert sentence in said.err
    assert "Traceback" not in said.err
    assert (said.json["ok"], said.json["message"] in said.err) == (False, True)


def test_the_trace_is_there_for_those_who_ask(
    wenming: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_args: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setenv("WENMING_DEBUG", "1")
    monkeypatch.setattr(ledger, "run", fail)
    assert "Traceback" in wenming("ledger", "verify").err


def test_interrupted_by_the_keyboard(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(_args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ledger, "run", stop)
    assert main(["ledger", "verify", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["code"] == "interrupted"
