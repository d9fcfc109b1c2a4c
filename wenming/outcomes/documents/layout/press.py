"""What is carried along while one document is written: its package, its choices, its counters."""

from dataclasses import dataclass, field

from wenming.outcomes.documents.layout import measure, wordml
from wenming.outcomes.documents.layout.package import Package
from wenming.outcomes.documents.layout.photos import Prepared
from wenming.outcomes.documents.layout.spec import Runs
from wenming.outcomes.documents.layout.wordml import Look


@dataclass(slots=True)
class Press:
    """State of one rendering. `draft` paints hand-typed numbers; an issued document never shows the paint."""

    latin: str
    draft: bool
    photos: dict[int, Prepared]
    package: Package = field(default_factory=Package)
    drawings: int = 0
    pairs: int = 0

    def look(self, face: str = measure.FANGSONG, size: float = measure.BODY, **more: object) -> Look:
        """A look of body text: digits in the face the office chose, 28 characters to the line at 16 pt."""
        spacing = measure.CHARACTER_SPACING if size == measure.BODY else 0.0
        return Look(face=face, latin=self.latin or face, size=size, spacing=spacing, **more)  # type: ignore[arg-type]

    def text(self, parts: Runs, face: str = measure.FANGSONG, size: float = measure.BODY) -> str:
        """A run list in one face and size."""
        return "".join(
            wordml.run(
                part.text,
                self.look(
                    face, size, bold=part.bold, highlight="yellow" if self.draft and part.hand_typed else ""
                ),
            )
            for part in parts
            if part.text
        )

    def drawing_id(self) -> int:
        """The next number for a drawing; Word wants them different."""
        self.drawings += 1
        return self.drawings
