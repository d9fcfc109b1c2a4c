"""Django on a database of one's own, for a bench that runs in a process of its own."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def open_house(url: str) -> None:
    """Start Django on the database at `url`; its tables are made."""
    os.environ["WENMING_DATABASE"] = url
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    sys.path.insert(0, str(ROOT))
    import django  # noqa: PLC0415 - the settings read the environment when they are imported

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0)


def copied(url: str, suffix: str) -> str:
    """A copy of the database as it is now, beside it; returns its address."""
    from django.db import connection  # noqa: PLC0415

    name = connection.settings_dict["NAME"]
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}_{suffix}" TEMPLATE "{name}"')
    return url.replace(f"/{name}?", f"/{name}_{suffix}?")


def say(text: str) -> None:
    """Progress, for the person who waits."""
    print(f"… {text}", file=sys.stderr, flush=True)
