import os
from pathlib import Path

import psycopg
import pytest
import system_parts
import temp_postgres


@pytest.mark.parametrize("kind", ["system", "embedded"])
def test_running_server_answers_and_is_gone_afterwards(kind: str, tmp_path: Path) -> None:
    # Below an empty root only the wheel is found.
    found = system_parts.find_postgres(
        os.environ if kind == "system" else {}, Path("/") if kind == "system" else tmp_path
    )
    if found is None or found["kind"] != kind:
        pytest.skip("这台机器没有自带的 PostgreSQL")
    with temp_postgres.running(found) as server:
        with psycopg.connect(host=str(server.folder), user="postgres", dbname="postgres") as connection:
            row = connection.execute("select current_setting('fsync'), 'ß城' || '文明'").fetchone()
        assert row == ("off", "ß城文明")
        assert server.url("账") == f"postgres:///账?host={server.folder}&user=postgres"
    assert server.process.returncode == 0
    assert not server.folder.exists()


def test_running_durable_keeps_what_a_benchmark_must_pay_for() -> None:
    found = system_parts.find_postgres(os.environ)
    assert found is not None
    with (
        temp_postgres.running(found, durable=True) as server,
        psycopg.connect(host=str(server.folder), user="postgres", dbname="postgres") as connection,
    ):
        row = connection.execute(
            "select current_setting('fsync'), current_setting('synchronous_commit')"
        ).fetchone()
    assert row == ("on", "on")


def test_running_stops_the_server_when_the_block_fails() -> None:
    found = system_parts.find_postgres(os.environ)
    assert found is not None
    seen: list[temp_postgres.Server] = []

    def interrupted() -> None:
        with temp_postgres.running(found) as server:
            seen.append(server)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert seen[0].process.poll() is not None
    assert not seen[0].folder.exists()


def test_running_with_programs_that_fail_says_why(tmp_path: Path) -> None:
    programs = tmp_path / "pg/wheel/pginstall/bin"
    programs.mkdir(parents=True)
    for name in ("initdb", "postgres"):
        (programs / name).write_text("#!/bin/sh\necho 坏了 >&2\nexit 3\n", encoding="utf-8")
        (programs / name).chmod(0o755)
    with (
        pytest.raises(temp_postgres.PostgresError, match="坏了"),
        temp_postgres.running({"bin": str(programs)}),
    ):
        pass
