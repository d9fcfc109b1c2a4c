"""The documents say what the program does: links, variables, words, tables and commands are held to the code."""

import argparse
import ast
import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote

import pytest
import yaml

from wenming.cli import arguments
from wenming.ground.jobs import states as jobs
from wenming.ground.people.permissions import LABELS as PERMISSIONS
from wenming.ground.people.roles import ROLES
from wenming.ledger import accounts
from wenming.outcomes.appraisals import states as appraisals
from wenming.outcomes.documents import states as documents
from wenming.outcomes.forms import states as forms
from wenming.records.cases import states as cases
from wenming.records.journals import states as journals

ROOT = Path(__file__).resolve().parents[2]
README, ENGLISH = ROOT / "README.md", ROOT / "README.en.md"
DOCS = ROOT / "docs"
LARGEST_PICTURE = 150_000


def pages() -> list[Path]:
    return [README, ENGLISH, *sorted(DOCS.rglob("*.md"))]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up by name.
    sys.modules[name] = made
    spec.loader.exec_module(made)
    return made


# --- links -----------------------------------------------------------------------------------------------


def links(path: Path) -> Iterator[tuple[str, str]]:
    """(file part, anchor) of every link and picture that points into the repository."""
    prose = re.sub(r"```.*?```", "", text(path), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", prose)):
        if not re.match(r"[a-z]+:", target):
            file, _, anchor = target.partition("#")
            yield unquote(file), unquote(anchor)


def anchors(path: Path) -> set[str]:
    """The names that headings get."""
    titles = re.findall(r"^#{1,6} (.+)$", text(path), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", pages(), ids=name_of)
def test_every_link_leads_somewhere(path: Path) -> None:
    dead = []
    for file, anchor in links(path):
        target = (path.parent / file).resolve() if file else path
        lost = anchor and target.suffix == ".md" and target.exists() and anchor not in anchors(target)
        if not target.exists() or lost or ROOT not in (target, *target.parents):
            dead.append(f"{file}#{anchor}" if anchor else file)
    assert dead == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    waiting = [README]
    while waiting:
        path = waiting.pop()
        if path in seen or path.suffix != ".md":
            continue
        seen.add(path)
        for file, _ in links(path):
            target = (path.parent / file).resolve()
            waiting += sorted(target.glob("*.md")) if target.is_dir() else [target]
    assert [name_of(path) for path in pages() if path not in seen] == []


def test_pictures_are_small_and_all_are_shown() -> None:
    pictures = {path: path.stat().st_size for path in sorted((DOCS / "pictures").glob("*"))}
    shown = {(page.parent / file).resolve() for page in pages() for file, _ in links(page)}
    assert pictures
    assert {path.name: size for path, size in pictures.items() if size > LARGEST_PICTURE} == {}
    assert [path.name for path in pictures if path not in shown] == []


# --- environment -----------------------------------------------------------------------------------------


def variables(*folders: str) -> set[str]:
    """Every WENMING_… name in the strings of the Python files."""
    found: set[str] = set()
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(text(path))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found |= set(re.findall(r"WENMING_[A-Z0-9]+(?:_[A-Z0-9]+)*", node.value))
    # Words about a group of them (WENMING_S3_…) are no variables.
    return found - {"WENMING_S3"}


@cache
def documented_variables() -> set[str]:
    table = text(DOCS / "operations.md").split("## 环境变量")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return set(re.findall(r"WENMING_[A-Z0-9_]+", " ".join(rows)))


def test_every_variable_of_the_program_is_documented() -> None:
    assert variables("config", "wenming") - documented_variables() == set()


def test_every_documented_variable_exists() -> None:
    assert documented_variables() - variables("config", "wenming", "scripts") == set()


# --- words -----------------------------------------------------------------------------------------------


@cache
def glossary() -> dict[str, set[str]]:
    """Section → 「中文 `identifier`」 of every row whose two first cells are a word and its identifier."""
    found: dict[str, set[str]] = {}
    section = ""
    for line in text(DOCS / "glossary.md").splitlines():
        if line.startswith("#"):
            section = line.lstrip("# ")
        elif match := re.match(r"\| (.+?) \| `(.+?)` \|", line):
            found.setdefault(section, set()).add(f"{match[1]} {match[2]}")
    return found


def every_word() -> set[str]:
    return set().union(*glossary().values())


def pairs(rows: object) -> set[str]:
    return {f"{name} {code}" for code, name in rows}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "rows",
    [
        cases.STATES,
        cases.ORDER_STATES,
        documents.STATES,
        documents.RECEIPT_STATES,
        documents.KIND_STATES,
        jobs.STATES,
        appraisals.STATES,
        appraisals.BOOK_STATES,
        appraisals.APPEAL_STATES,
        appraisals.OUTCOME_STATES,
        journals.STATES,
        journals.DECISION_STATES,
        forms.STATES,
    ],
    ids=[
        "case",
        "order",
        "document",
        "receipt",
        "kind",
        "job",
        "appraisal",
        "book",
        "appeal",
        "outcome",
        "journal",
        "decision",
        "form",
    ],
)
def test_glossary_has_every_state(rows: list[tuple[str, str]]) -> None:
    assert pairs(rows) - every_word() == set()


@pytest.mark.parametrize(
    "steps",
    [cases.STEPS, cases.ORDER_STEPS, documents.STEPS, documents.RECEIPT_STEPS, appraisals.STEPS],
    ids=["case", "order", "document", "receipt", "appraisal"],
)
def test_glossary_has_every_step(steps: dict[str, object]) -> None:
    wanted = {f"{step.name} {step.code}" for step in steps.values()}  # type: ignore[attr-defined]
    assert wanted - every_word() == set()


@pytest.mark.parametrize(
    "rows",
    [
        cases.SOURCES, cases.PATHS, cases.REFUSALS, cases.CLOSINGS, cases.RETURN_GROUNDS, cases.SUSPENSIONS,
        cases.ORDER_REASONS,
    ],
    ids=["source", "path", "refusal", "closing", "return", "suspension", "order"],
)  # fmt: skip
def test_glossary_has_every_choice(rows: list[tuple[str, str]]) -> None:
    assert pairs(rows) - every_word() == set()


def test_glossary_has_exactly_the_permissions() -> None:
    assert glossary()["权限"] == {f"{name} {code.value}" for code, name in PERMISSIONS.items()}


def test_glossary_has_exactly_the_roles() -> None:
    assert glossary()["角色"] == {f"{role.name} {role.code}" for role in ROLES.values()}


def test_glossary_has_exactly_the_coded_accounts() -> None:
    groups = [
        group
        for path in sorted((ROOT / "packs/accounts").glob("*.yaml"))
        for group in yaml.safe_load(text(path))["accounts"]
    ]
    names = {item["code"]: item["name"] for group in groups for item in group["items"]}
    assert glossary()["代码里直接记账的科目"] == {f"{names[code]} {code}" for code in accounts.CODED}


def deeds() -> set[str]:
    """Codes of deeds that the source writes into the history as plain words (`deed="place.close"`, `_write(…)`)."""
    found: set[str] = set()
    for path in (ROOT / "wenming").rglob("*.py"):
        for node in ast.walk(ast.parse(text(path))):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                given = [keyword.value for keyword in node.keywords if keyword.arg == "deed"]
                given = given if name == "audit.record" else node.args[1:2] if name == "_write" else []
                found |= {
                    part.value
                    for value in given
                    for part in ast.walk(value)
                    if isinstance(part, ast.Constant) and isinstance(part.value, str) and "." in part.value
                }
    return {code for code in found if re.fullmatch(r"[a-z]+\.[a-z_]+", code)}


def test_glossary_has_every_deed() -> None:
    named = {row.rpartition(" ")[2] for rows in glossary().values() for row in rows}
    steps = {
        f"{kind}.{code}"
        for kind, table in (
            ("case", cases.STEPS),
            ("order", cases.ORDER_STEPS),
            ("document", documents.STEPS),
            ("receipt", documents.RECEIPT_STEPS),
            ("appraisal", appraisals.STEPS),
        )
        for code in table
    }
    assert deeds()
    assert deeds() - named - steps == set()


# --- tables and commands ---------------------------------------------------------------------------------


def test_workflow_page_is_drawn_from_the_tables_of_today() -> None:
    drawn = script("workflow_docs").page()
    assert text(DOCS / "workflow.md") == drawn, "请运行 python scripts/workflow_docs.py"


def test_workflow_script_says_when_the_page_is_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = script("workflow_docs")
    monkeypatch.setattr(made, "PAGE", tmp_path / "workflow.md")
    monkeypatch.setattr(sys, "argv", ["workflow_docs.py", "--check"])
    assert made.main() == 1
    monkeypatch.setattr(sys, "argv", ["workflow_docs.py"])
    assert made.main() == 0
    monkeypatch.setattr(sys, "argv", ["workflow_docs.py", "--check"])
    assert made.main() == 0


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", text(ROOT / "Makefile"), flags=re.MULTILINE))


@pytest.mark.parametrize("path", [README, ENGLISH], ids=name_of)
def test_readme_begins_with_the_two_commands(path: Path) -> None:
    first = text(path).split("```sh\n")[1].split("```")[0].splitlines()
    assert [" ".join(line.split()[:2]) for line in first] == ["make demo", "make test"]
    assert text(path).index("```sh") < 80


@pytest.mark.parametrize("path", pages(), ids=name_of)
def test_every_make_target_named_exists(path: Path) -> None:
    named = set(re.findall(r"(?:^|`)make ([a-z][a-z-]*)", text(path), flags=re.MULTILINE))
    assert named - make_targets() == set()


def test_every_make_target_with_a_help_is_documented() -> None:
    with_help = set(re.findall(r"^([a-z-]+):[^#\n]*## ", text(ROOT / "Makefile"), flags=re.MULTILINE))
    said = "\n".join(text(path) for path in pages())
    assert {target for target in with_help if not re.search(rf"make {target}\b", said)} == {"clean"}


def subcommands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """「ledger verify」 and the like → its parser."""
    found: dict[str, argparse.ArgumentParser] = {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                deeper = subcommands(below)
                found |= {f"{name} {more}": under for more, under in deeper.items()} or {name: below}
    return found


def options(parser: argparse.ArgumentParser) -> set[str]:
    return {option for action in parser._actions for option in action.option_strings}


@cache
def commands() -> dict[str, argparse.ArgumentParser]:
    from wenming.cli import demo  # noqa: PLC0415 -- only when Django is there

    return subcommands(arguments.build(demo=demo))


def command_lines(path: Path) -> Iterator[str]:
    """Every `wenming …` in code: after a prompt, a path, or in back-quotes."""
    for line in re.sub(r"\\\n\s*", " ", text(path)).splitlines():
        code = re.findall(r"`([^`]+)`", line) or ([] if line.startswith(("#", "|", "-")) else [line])
        for piece in code:
            for match in re.finditer(r"(?:^|[\s/=])wenming (?!wenming)([a-z][a-z-]*(?: [^&|#]*)?)", piece):
                yield match[1].strip()


@pytest.mark.parametrize("path", pages(), ids=name_of)
def test_every_command_named_exists_with_its_options(path: Path) -> None:
    wrong = []
    for line in command_lines(path):
        words = line.split()
        known = next((name for name in (" ".join(words[:2]), words[0]) if name in commands()), None)
        if known is None:
            if words[0] in {name.split()[0] for name in commands()} and len(words) == 1:
                continue
            wrong.append(line)
            continue
        given = set(re.findall(r"(?<=\s)--[a-z-]+", line))
        if given - options(commands()[known]):
            wrong.append(line)
    assert wrong == []


def test_every_command_is_documented() -> None:
    said = set(command_lines(DOCS / "operations.md"))
    missing = [
        name for name in commands() if not any(line == name or line.startswith(f"{name} ") for line in said)
    ]
    assert missing == []


def test_makefile_help_lists_every_target_with_a_help() -> None:
    done = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    listed = set(re.findall(r"^  make ([a-z-]+)", done.stdout, flags=re.MULTILINE))
    with_help = set(re.findall(r"^([a-z-]+):[^#\n]*## ", text(ROOT / "Makefile"), flags=re.MULTILINE))
    assert listed == with_help
