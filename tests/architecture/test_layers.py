"""The floors hold: imports and foreign keys point down, only faces know HTTP, files stay readable."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import ForeignObjectRel

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ["common", "ground", "ledger", "records", "outcomes", "faces", "cli"]
# From the lowest room up; the same order as in pyproject.toml.
ROOMS = ["jobs", "audit", "units", "people", "calendar", "standards", "places", "evidence", "notices"]
OWN_FOLDERS = ["wenming", "config", "scripts", "tests", "bench"]


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "__pycache__" not in path.parts:
                yield path


def height(module: str) -> tuple[int, int]:
    """(floor, room) of a module of ours; a room counts only in ground, where the order is written down."""
    parts = module.split(".")
    floor = FLOORS.index(parts[1])
    room = ROOMS.index(parts[2]) if parts[1] == "ground" and len(parts) > 2 else 0
    return floor, room


def imported_modules(path: Path) -> set[str]:
    """Every module a file imports, inside functions too; `from a import b` counts as a and a.b."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def relations() -> list[tuple[str, str, str]]:
    """(module of the owner, field, module of the target) of every relation between models of ours."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.get_fields(include_hidden=True):
            target = field.related_model
            if isinstance(field, ForeignObjectRel) or not isinstance(target, type):
                continue
            if model.__module__.startswith("wenming.") and target.__module__.startswith("wenming."):
                found.append((model.__module__, f"{model.__name__}.{field.name}", target.__module__))
    return found


def test_import_contracts_are_kept() -> None:
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_foreign_keys_point_down() -> None:
    found = relations()
    assert found
    upward = [
        f"{field}: {owner} → {target}" for owner, field, target in found if height(target) > height(owner)
    ]
    assert upward == []


def test_rooms_in_this_test_are_the_rooms_of_the_contract() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    contract = text.split('name = "地面各室的次序"')[1].split("]")[0]
    written = [line.strip().strip('",') for line in contract.splitlines() if "wenming.ground." in line]
    assert written == [f"wenming.ground.{room}" for room in reversed(ROOMS)]
    assert {
        path.name for path in (ROOT / "wenming/ground").iterdir() if (path / "__init__.py").exists()
    } == set(ROOMS)


@pytest.mark.parametrize("floor", ["common", "ground", "ledger", "records", "outcomes"])
def test_only_faces_know_http(floor: str) -> None:
    banned = ("django.http", "django.shortcuts", "django.urls", "django.template.response")
    offenders = [
        f"{path.relative_to(ROOT)}: {module}"
        for path in sources(f"wenming/{floor}")
        for module in imported_modules(path)
        if module.startswith(banned)
    ]
    assert offenders == []


def test_common_stands_on_nothing_of_ours() -> None:
    offenders = [
        f"{path.relative_to(ROOT)}: {module}"
        for path in sources("wenming/common")
        for module in imported_modules(path)
        if module.startswith("wenming.") and not module.startswith("wenming.common")
    ]
    assert offenders == []


def test_no_file_is_longer_than_600_lines() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in sources(*OWN_FOLDERS)
        if "migrations" not in path.parts
    }
    assert {name: lines for name, lines in lengths.items() if lines > 600} == {}


def test_no_module_is_a_junk_drawer() -> None:
    names = {"utils", "util", "helpers", "helper", "misc"}
    junk = [path for path in sources(*OWN_FOLDERS) if path.stem in names or path.parent.name in names]
    assert junk == []


def test_our_own_rooms_use_no_signals() -> None:
    offenders = [
        str(path.relative_to(ROOT))
        for path in sources("wenming")
        for module in imported_modules(path)
        if module.startswith(("django.dispatch", "django.db.models.signals"))
    ]
    assert offenders == []


def test_every_room_with_models_is_installed() -> None:
    installed = {config.name for config in apps.get_app_configs()}
    rooms = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for path in sources("wenming")
        if path.name == "models.py" or path.parent.name == "models"
    }
    assert rooms - installed == set()


# Rows that many others refer to. A new case, photo or post holds a share of their key until its transaction ends.
REFERRED_TO = {"Unit", "Place", "Person", "Case", "Order", "Document"}


def test_rows_that_others_refer_to_are_locked_without_their_key() -> None:
    """A plain FOR UPDATE waits for every new row that points there: two deeds that take the chain of their town
    between the two would wait for each other in a ring."""
    wrong = []
    for path in sources("wenming"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "select_for_update"
            ):
                model = ast.unparse(node.func.value).partition(".")[0]
                if model in REFERRED_TO and "no_key" not in {keyword.arg for keyword in node.keywords}:
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert wrong == []
