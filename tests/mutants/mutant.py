"""What a mutant is: the package with one text replaced."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Mutant:
    """A deliberate mistake.

    Attributes:
        name: What is wrong.
        file: Where, from the root of the repository.
        text: Text that stands there exactly once.
        instead: What replaces it.
        suspects: Cases or families that should catch it, apart by blanks: they run first.
    """

    name: str
    file: str
    text: str
    instead: str
    suspects: str

    def apply(self, root: Path) -> None:
        """Make the mistake in a copy of the packages.

        Raises:
            ValueError: The text is not there, or more than once.
        """
        path = root / self.file
        source = path.read_text(encoding="utf-8")
        if source.count(self.text) != 1 or self.text == self.instead:
            raise ValueError(f"{self.name}: {self.file} holds {source.count(self.text)} times {self.text!r}")
        path.write_text(source.replace(self.text, self.instead), encoding="utf-8")
