"""Typed reading of the environment. A wrong value stops the start with a sentence, not a stack trace later."""

import ipaddress
import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    """The variable, or the content of the file named by `<name>_FILE` (for secrets)."""
    file = os.environ.get(f"{name}_FILE")
    if file:
        return Path(file).read_text(encoding="utf-8").strip()
    return os.environ.get(name, default)


def flag(name: str, *, default: bool = False) -> bool:
    value = os.environ.get(name)
    if value is None or value == "":
        return default
    if value.lower() in ("1", "true", "yes", "on"):
        return True
    if value.lower() in ("0", "false", "no", "off"):
        return False
    raise ImproperlyConfigured(f"环境变量 {name} 只能是 1 或 0，现在是「{value}」。")


def number(name: str, default: int) -> int:
    value = os.environ.get(name)
    if value is None or value == "":
        return default
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"环境变量 {name} 要填整数，现在是「{value}」。") from None


def names(name: str, default: str = "") -> list[str]:
    """A comma-separated list."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def networks(name: str, default: str = "") -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Comma-separated addresses and networks: `127.0.0.1,10.20.0.0/24`."""
    found = []
    for part in names(name, default):
        try:
            found.append(ipaddress.ip_network(part))
        except ValueError:
            raise ImproperlyConfigured(
                f"环境变量 {name} 要填网络地址，如 127.0.0.1 或 10.20.0.0/24，现在有「{part}」。"
            ) from None
    return found


def database(url: str, base: Path) -> dict[str, object]:
    """`sqlite:///var/wenming.sqlite3` or `postgres://user:pass@host:5432/name` (`postgres:///name?host=/socket`).

    SQLite runs in WAL with IMMEDIATE transactions: with Django's deferred default more than half of
    concurrent read-then-write transactions fail with "database is locked".
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        # Three slashes: below the project; four: from the root.
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(base / unquote(parts.path)[1:]),
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL;PRAGMA synchronous="
                    + text("WENMING_SQLITE_SYNC", "NORMAL")
                    + ";PRAGMA foreign_keys=ON;PRAGMA recursive_triggers=ON;PRAGMA cache_size=-20000;"
                ),
            },
        }
    if parts.scheme in ("postgres", "postgresql"):
        query = dict(parse_qsl(parts.query))
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path)[1:],
            "USER": unquote(parts.username or query.get("user", "")),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or query.get("host", ""),
            "PORT": str(parts.port or query.get("port", "")),
            "CONN_MAX_AGE": None,
            "CONN_HEALTH_CHECKS": True,
            # Short statements of many people: compiling and dividing them costs more than it saves.
            "OPTIONS": {"connect_timeout": 5, "options": "-c jit=off -c max_parallel_workers_per_gather=0"},
        }
    raise ImproperlyConfigured(f"WENMING_DATABASE 认不出「{url}」，请写 sqlite:///… 或 postgres://…。")
