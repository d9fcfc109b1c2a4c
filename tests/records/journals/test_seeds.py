"""docs/seeds.md: everything that the five seeds count has a kind, an account and a metric, and nothing is left over."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace

from tests.records.journals.conftest import TODAY
from wenming.ledger.accounts import CODED
from wenming.ledger.models import Account, MetricRow
from wenming.records.journals import queries
from wenming.records.journals.kinds import Kind

PAGE = Path(__file__).parents[3] / "docs" / "seeds.md"
SEEDS = ["000", "001-1", "001-2", "001-3", "001-4", "001-5", "002", "003", "004"]


@dataclass(frozen=True)
class Row:
    seed: str
    what: str
    source: str
    kind: str
    accounts: tuple[str, ...]
    metrics: tuple[str, ...]


@cache
def rows() -> list[Row]:
    found, seed = [], ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            seed = line.removeprefix("## ").partition(" ")[0]
        elif seed and line.startswith("| ") and not line.startswith("| 数什么"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            kind = re.fullmatch(r"`([a-z_]+)`", cells[2])
            codes = [tuple(re.findall(r"`([\w.]+)`", cell)) for cell in cells[3:5]]
            found.append(Row(seed, cells[0], cells[2], kind[1] if kind else "", *codes))
    return found


def test_every_seed_is_gone_through() -> None:
    assert list(dict.fromkeys(row.seed for row in rows())) == SEEDS
    assert len(rows()) > 150


def test_every_account_and_metric_named_exists(town: SimpleNamespace) -> None:
    accounts = set(Account.objects.filter(active=True).values_list("code", flat=True))
    metrics = set(MetricRow.objects.filter(active=True).values_list("code", flat=True))
    assert {code for row in rows() for code in row.accounts} - accounts == set()
    assert {code for row in rows() for code in row.metrics} - metrics == set()


def test_every_kind_named_exists_and_counts_what_the_row_says(shipped: dict[str, Kind]) -> None:
    wrong = [
        (row.what, row.kind, code)
        for row in rows()
        if row.kind
        for code in row.accounts
        if row.kind not in shipped or code not in shipped[row.kind].accounts
    ]
    assert wrong == []


def test_what_the_system_books_itself_is_in_no_journal(shipped: dict[str, Kind]) -> None:
    for row in rows():
        if row.source.startswith("系统"):
            assert set(row.accounts) <= set(CODED), row.what
        elif not row.kind:
            assert row.source.startswith("不计："), row.what
    assert {code for kind in shipped.values() for code in kind.accounts} & set(CODED) == set()


def test_every_kind_and_every_account_of_a_kind_comes_from_a_seed(shipped: dict[str, Kind]) -> None:
    named = {row.kind for row in rows()}
    assert set(shipped) - named == set()
    counted = {code for row in rows() for code in row.accounts}
    assert {code for kind in shipped.values() for code in kind.accounts} - counted == set()


def test_every_metric_says_which_accounts_it_reads(town: SimpleNamespace) -> None:
    """A row's metrics rest on the row's accounts (or one of its metrics is a sum that takes them in)."""
    specs = {row.code: row.spec for row in MetricRow.objects.filter(active=True)}
    for row in rows():
        read = {
            term["account"]
            for code in row.metrics
            for term in (*specs[code]["numerator"], *specs[code]["denominator"])
        }
        assert set(row.accounts) <= read, (row.what, set(row.accounts) - read)


def test_kinds_are_in_force_from_the_first_day(town: SimpleNamespace) -> None:
    assert len(queries.kinds(town.town, TODAY)) == len(queries.kinds(None, TODAY)) == 60
