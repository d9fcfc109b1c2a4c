"""Collecting every fault of a file instead of stopping at the first."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from wenming.common.errors import DomainError, PackError


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong: file, line (0 = the whole file) and a Chinese sentence."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        where = f"{self.path} 第 {self.line} 行" if self.line else self.path
        return f"{where}：{self.message}"


@dataclass
class Faults:
    """A growing list of faults of one file."""

    path: str
    found: list[Fault] = field(default_factory=list)

    def add(self, message: str, line: int | None) -> None:
        fault = Fault(self.path, line or 0, message)
        if fault not in self.found:
            self.found.append(fault)

    @contextmanager
    def caught(self, line: int | None = None) -> Iterator[None]:
        """A refusal inside the block becomes a fault; work goes on after it."""
        try:
            yield
        except PackError as error:
            message = error.message.split("：", 1)[-1]
            self.add(message, error.line)
        except DomainError as error:
            self.add(error.message, line)

    def refuse(self) -> None:
        """Raise when anything was found."""
        if self.found:
            raise BadInput(sorted(self.found))


class BadInput(DomainError):
    """A book or an events file with faults; `faults` holds all of them, in order of lines."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        shown = [str(fault) for fault in faults[:20]]
        if len(faults) > 20:
            shown.append(f"……共 {len(faults)} 处")
        super().__init__("scoring_invalid", "\n".join(shown))
