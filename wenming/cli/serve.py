"""`wenming serve`: the web server and the worker on one port, watched over.

The parent starts two children in sessions of their own, starts them again when they die, and stops both when
told to. Granian may ignore SIGTERM while it starts (measured), so after a time it is killed, with its group.
"""

import argparse
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from django.db import connection

from wenming.cli import static
from wenming.cli.terminal import complain, say
from wenming.common.errors import DomainError, reason

STOP_SECONDS = 10.0
START_SECONDS = 60.0
# Dead this many times within a minute: something is wrong that starting again does not cure.
_MOST_DEATHS = 5
_STEADY_SECONDS = 60.0
_POLL = 0.2


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Serve until SIGTERM or SIGINT. Raises DomainError when the port is taken or the server does not come up."""
    workers = 1 if connection.vendor == "sqlite" else args.workers
    if workers != args.workers:
        complain("SQLite 只用一个网站进程（--workers 1）。")
    return serve(
        host=args.host, port=args.port, workers=workers, threads=args.threads, with_worker=not args.no_worker
    )


def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    workers: int = 1,
    threads: int = 8,
    with_worker: bool = True,
    on_ready: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Start web and worker and watch over them. `on_ready` is called once with the address of the site."""
    static.gather_if_stale()
    _refuse_taken_port(host, port)
    # The children open connections of their own; a shared one would break for both.
    connection.close()
    address = f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{port}"  # noqa: S104
    supervisor = Supervisor()
    supervisor.add("网站", _web(host, port, workers, threads))
    if with_worker:
        supervisor.add(
            "后台任务", [sys.executable, "-m", "wenming.cli", "worker", "--parent", str(os.getpid())]
        )
    with supervisor.listening():
        supervisor.start()
        if not supervisor.wait_until(lambda: _answers(address), START_SECONDS):
            supervisor.stop()
            if supervisor.told_to_stop:
                return {"address": address, "restarts": supervisor.restarts}
            raise DomainError("serve_failed", "网站没有起来，原因见上面的日志。")
        (on_ready or _ready)(address)
        supervisor.watch()
    if supervisor.gave_up:
        raise DomainError("serve_failed", f"{supervisor.gave_up}反复退出，已停止。原因见上面的日志。")
    say("已停止。")
    return {"address": address, "restarts": supervisor.restarts}


def _ready(address: str) -> None:
    say(f"创城一本账已启动：{address}　（Ctrl-C 停止）")


def _web(host: str, port: int, workers: int, threads: int) -> list[str]:
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi", "config.wsgi:application", "--host", host, "--port", str(port),
        "--workers", str(workers), "--blocking-threads", str(threads), "--no-ws", "--http", "1", "--log-level", "error",
        "--respawn-failed-workers", "--workers-kill-timeout", str(int(STOP_SECONDS / 2)),
    ]  # fmt: skip


def _refuse_taken_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            why = reason(error) if isinstance(error, OSError) else str(error)
            raise DomainError(
                "port_taken",
                f"端口 {port} 用不了（{why}）。可能已有程序占用，请换一个：--port {port + 1 if port < 65535 else 8000}",
            ) from None


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/health/", timeout=2):  # noqa: S310 -- our own address
            return True
    except urllib.error.HTTPError:
        return True  # it is up, whatever it says
    except OSError:
        return False


class _Child:
    """A program that is started again when it dies."""

    def __init__(self, label: str, command: list[str]) -> None:
        self.label = label
        self.command = command
        self.process: subprocess.Popen[bytes] | None = None
        self.deaths: list[float] = []
        self.not_before = 0.0

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603

    @property
    def dead(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def signal(self, number: int) -> None:
        """To the whole group, so that processes of a killed server do not keep the port."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)


class Supervisor:
    """Starts, watches and stops the children."""

    def __init__(self) -> None:
        self.children: list[_Child] = []
        self.restarts = 0
        self.gave_up = ""
        self._stop = threading.Event()

    @property
    def told_to_stop(self) -> bool:
        return self._stop.is_set()

    def add(self, label: str, command: list[str]) -> None:
        self.children.append(_Child(label, command))

    @contextlib.contextmanager
    def listening(self) -> Any:
        """SIGTERM and SIGINT stop the children in order; whatever happens none is left behind."""
        before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
        for number in before:
            signal.signal(number, lambda *_: self._stop.set())
        try:
            yield
        finally:
            self.stop()
            for number, handler in before.items():
                signal.signal(number, handler)

    def start(self) -> None:
        for child in self.children:
            child.start()

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> bool:
        """True when `ready` before the time is up, nobody asked to stop, and the children live."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self._stop.is_set() and not self.children[0].dead:
            if ready():
                return True
            self._stop.wait(_POLL)
        return False

    def watch(self) -> None:
        """Until told to stop, or until a child cannot be kept alive."""
        while not self._stop.wait(_POLL):
            for child in self.children:
                if child.dead and not self._revive(child):
                    self.gave_up = child.label
                    return

    def _revive(self, child: _Child) -> bool:
        now = time.monotonic()
        if child.process is not None:
            # What a killed server leaves running would still hold the port.
            child.signal(signal.SIGKILL)
            complain(f"{child.label}意外退出（{child.process.returncode}），重新启动。")
            child.process = None
            child.deaths = [when for when in child.deaths if now - when < _STEADY_SECONDS] + [now]
            child.not_before = now + len(child.deaths) - 1
            if len(child.deaths) >= _MOST_DEATHS:
                return False
        if now >= child.not_before:
            child.start()
            self.restarts += 1
        return True

    def stop(self) -> None:
        """SIGTERM to all, then after STOP_SECONDS the hard way."""
        for child in self.children:
            if not child.dead:
                child.signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children:
            if child.process is None:
                continue
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.1, deadline - time.monotonic()))
            child.signal(signal.SIGKILL)
            child.process.wait()
