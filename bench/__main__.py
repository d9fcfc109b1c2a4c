"""`make bench`: every bench on one durable PostgreSQL (fsync on), and one table.

python -m bench                    # 100,000 cases, 1,000,000 entries; about ten minutes
python -m bench --quick            # 10,000 cases, 100,000 entries
python -m bench --only web         # one bench: ledger_posting, web, bulletin, fairness, scoring, tables, papers
"""

import argparse
import os
import platform
import signal
import subprocess
import sys

from bench import house
from bench.rows import Row, table

sys.path.insert(0, str(house.ROOT / "scripts"))
import system_parts
import temp_postgres

BENCHES = {
    "ledger_posting": "一本账",
    "web": "网站",
    "bulletin": "通报",
    "fairness": "公平",
    "scoring": "考核",
    "tables": "表格",
    "papers": "公文",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description="量速度：实测、目标、比值")
    parser.add_argument("--only", choices=BENCHES, action="append", help="只量这一项，可写几次")
    parser.add_argument("--quick", action="store_true", help="一万件问题、十万条分录")
    options = parser.parse_args()
    found = system_parts.find_postgres(os.environ)
    if found is None:
        print("没有找到 PostgreSQL，先运行 make setup-dev。", file=sys.stderr)
        return 1
    # Ended from outside, the database server still has to be stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("被中断。"))
    rows: list[Row] = []
    failed = []
    with temp_postgres.running(found, durable=True) as server:
        version = _psql(server, "SHOW server_version")
        print(
            f"机器：{os.cpu_count()} 个处理器核，{platform.machine()}，Python {platform.python_version()}，PostgreSQL {version}（fsync 开）"
        )
        print(
            f"开始时一分钟平均负载 {os.getloadavg()[0]:.1f}，应当小于 0.5：别的程序在跑时，次数和毫秒不可信。"
        )
        for name in options.only or BENCHES:
            _psql(server, f"CREATE DATABASE {name}")
            made, code = _child(name, server.url(name), quick=options.quick)
            print(f"\n{BENCHES[name]}\n{table(made)}", flush=True)
            rows += made
            if code:
                failed.append(BENCHES[name])
    print(f"\n合计：✓ {sum(row.ok is True for row in rows)}，✗ {sum(row.ok is False for row in rows)}")
    if failed:
        print(f"没有量完：{'、'.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _psql(server: temp_postgres.Server, statement: str) -> str:
    import psycopg  # noqa: PLC0415

    with psycopg.connect(
        host=str(server.folder), user="postgres", dbname="postgres", autocommit=True
    ) as link:
        answer = link.execute(statement)  # type: ignore[call-overload]
        return str(answer.fetchone()[0]) if answer.description else ""


def _child(name: str, url: str, *, quick: bool) -> tuple[list[Row], int]:
    """Run one bench in a process of its own, so that each starts with a fresh Django; pass on what it tells."""
    command = [sys.executable, "-m", "bench.child", name, url, *(["--quick"] if quick else [])]
    made = []
    with subprocess.Popen(command, cwd=house.ROOT, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            row = Row.read(line)
            if row is None:
                print(line, end="", flush=True)
            else:
                made.append(row)
    return made, process.returncode


if __name__ == "__main__":
    sys.exit(main())
