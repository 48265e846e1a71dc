"""What a verification case is, and the sheet on which it writes what it found."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike


class GaveUp(UserWarning):
    """Something ended at its limit and not at its goal; the worker makes it a note of the case."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One number against its reference.

    Attributes:
        case: Name of the case.
        quantity: What is compared.
        reference: The closed form's or the published value, SI.
        value: Ours, SI.
        error: (value - reference) over the scale: the reference itself unless the case states another.
        tolerance: Largest |error| that passes; None where a number is only reported.
        passed: Whether it does; None where a number is only reported.
        source: Where the reference comes from.
        unit: Of value and reference.
        precision: In which it was computed, "mixed" or "f64".
    """

    case: str
    quantity: str
    reference: float
    value: float
    error: float
    tolerance: float | None
    passed: bool | None
    source: str
    unit: str = ""
    precision: str = ""


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Points of a figure. Ours are drawn as a line, references as marks, unless `marks` says otherwise."""

    label: str
    x: list[float]
    y: list[float]
    marks: bool = False


@dataclass(frozen=True, kw_only=True)
class Figure:
    """Ours over the reference."""

    title: str
    x: str
    y: str
    curves: list[Curve]
    log: str = ""  # "x", "y" or "xy"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A verification case.

    Attributes:
        name: Its name on the command line.
        title: What it verifies, in a line.
        source: Of its references; a check may name another.
        family: The module it lives in.
        run: Sets it up and writes on a sheet.
        long: Whether it is left out unless asked for with `--long`.
        cost: What a long case takes, told before it starts.
        memory: What it needs [bytes].
        needs_gpu: Whether it is out of reach for a CPU.
        precisions: In which it runs.
    """

    name: str
    title: str
    source: str
    family: str
    run: Callable[["Sheet"], None]
    long: bool = False
    cost: str = ""
    memory: float = 1e9
    needs_gpu: bool = False
    precisions: tuple[str, ...] = ("mixed", "f64")


@dataclass
class Sheet:
    """What a case found: checks, figures, notes.

    Attributes:
        case: Whose it is.
        precision: "mixed" or "f64".
        seeds: How many seeds a case with a spread should take; None leaves it to the case.
    """

    case: Case
    precision: str
    seeds: int | None = None
    checks: list[Check] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def tolerance(self, mixed: float, f64: float) -> float:
        """The tolerance of this run's precision."""
        return mixed if self.precision == "mixed" else f64

    def check(
        self,
        quantity: str,
        value: float,
        reference: float,
        tolerance: float,
        *,
        scale: float | None = None,
        unit: str = "",
        source: str = "",
    ) -> None:
        """Compare a number.

        Args:
            quantity: What it is.
            value: Ours, SI.
            reference: SI.
            tolerance: Largest |value - reference| / scale.
            scale: None: |reference|. State one where the reference is 0, or for shares of a curve's largest value.
            unit: Of value and reference.
            source: None but the case's own by default.
        """
        error = self._error(value, reference, scale)
        self._note(quantity, value, reference, error, tolerance, bool(abs(error) <= tolerance), unit, source)

    def bound(self, quantity: str, value: float, most: float, *, unit: str = "", source: str = "") -> None:
        """A number that should be 0 and may be `most` in size: a residual, a drift, a count of failures."""
        self.check(quantity, value, 0.0, most, scale=1.0, unit=unit, source=source)

    def report(self, quantity: str, value: float, reference: float, *, unit: str = "", source: str = "") -> None:
        """A comparison without a verdict: where models or measurements differ by more than a tolerance could say."""
        error = self._error(value, reference, None)
        self._note(quantity, value, reference, error, None, None, unit, source)

    def curve(self, label: str, x: ArrayLike, y: ArrayLike, *, marks: bool = False) -> Curve:
        """Points for a figure, shapes (n,)."""
        return Curve(
            label=label, x=np.ravel(x).astype(float).tolist(), y=np.ravel(y).astype(float).tolist(), marks=marks
        )

    def figure(self, title: str, x: str, y: str, curves: Sequence[Curve], log: str = "") -> None:
        """Draw ours over the reference in the page; axis labels carry their units."""
        self.figures.append(Figure(title=title, x=x, y=y, curves=list(curves), log=log))

    def note(self, text: str) -> None:
        """Say what a number cannot: what was generated, what differs from the reference's set-up."""
        self.notes.append(text)

    @staticmethod
    def _error(value: float, reference: float, scale: float | None) -> float:
        size = abs(reference) if scale is None else scale
        if size == 0:
            raise ValueError("a reference of 0 needs a scale")
        return (float(value) - float(reference)) / size

    def _note(
        self,
        quantity: str,
        value: float,
        reference: float,
        error: float,
        tolerance: float | None,
        passed: bool | None,
        unit: str,
        source: str,
    ) -> None:
        self.checks.append(
            Check(
                case=self.case.name,
                quantity=quantity,
                reference=float(reference),
                value=float(value),
                error=float(error),
                tolerance=tolerance,
                passed=passed,
                source=source or self.case.source,
                unit=unit,
                precision=self.precision,
            )
        )


REGISTRY: dict[str, Case] = {}


def case(
    name: str,
    *,
    title: str,
    source: str,
    long: bool = False,
    cost: str = "",
    memory: float = 1e9,
    needs_gpu: bool = False,
    precisions: tuple[str, ...] | None = None,
) -> Callable[[Callable[[Sheet], None]], Callable[[Sheet], None]]:
    """Make a function a case; see `Case`. Long cases run in mixed precision alone unless they say otherwise."""

    def register(run: Callable[[Sheet], None]) -> Callable[[Sheet], None]:
        if name in REGISTRY:
            raise ValueError(f"two cases are called {name!r}")
        REGISTRY[name] = Case(
            name=name,
            title=title,
            source=source,
            family=run.__module__.rpartition(".")[2],
            run=run,
            long=long,
            cost=cost,
            memory=memory,
            needs_gpu=needs_gpu,
            precisions=precisions or (("mixed",) if long else ("mixed", "f64")),
        )
        return run

    return register
