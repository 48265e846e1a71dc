"""The physics proves itself: cases with a closed form or a published reference, for users to run.

`cases()` lists them, `run` runs them. A case is a function decorated with `case` in one of the family modules; it sets
something up with the public API and writes what it found on a `Sheet`.
"""

from regolith.verify.case import Case, Check, Curve, Figure, Sheet, case
from regolith.verify.catalogue import cases, chosen

__all__ = ["Case", "Check", "Curve", "Figure", "Sheet", "case", "cases", "chosen"]
