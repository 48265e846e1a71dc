"""Launches of a kernel one after the other, at little cost of each.

Taichi 1.7.4 looks at every argument anew at each launch: 0.1 ms of Python, where a step of 10,000 grains takes 1.2 ms
(measured, benchmarks/NOTES.md). A step launches two kernels on the same fields as the step before.
"""

import functools
import operator
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from regolith_kernels.precision import ti

_known: "weakref.WeakSet[Relaunched]" = weakref.WeakSet()


def relaunched(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """Let a kernel that takes `Field`s, real numbers and signed integers remember the fields of its last launch.

    With these it is launched again without looking at them; numbers are handed over at every launch. A vector of real
    numbers comes back as a tuple: Taichi takes 40 us to make one of its own.
    """
    if ti.__name__ != "taichi":  # a fork, whose inner works differ
        return kernel
    return functools.update_wrapper(Relaunched(kernel._primal), kernel)


def forget(field: Any) -> None:
    """Before a field is destroyed: what is launched on it afterwards is for Taichi to look at."""
    for kernel in _known:
        kernel.forget(field)


class Relaunched:
    """A kernel and what its last launch found out about its fields."""

    def __init__(self, kernel: Any) -> None:
        self._kernel, self._fields = kernel, list[Any]()
        self._n_arguments = len(kernel.arguments)
        annotations = [argument.annotation for argument in kernel.arguments]
        self._field_places = [k for k, kind in enumerate(annotations) if isinstance(kind, ti.template)]
        number_places = [k for k in range(len(annotations)) if k not in self._field_places]
        self._number_places = [(k, _is_real(annotations[k])) for k in number_places]
        self._length = _length_of(kernel.return_type)
        _known.add(self)

    def __call__(self, *args: Any) -> Any:
        """Launch it."""
        if len(args) != self._n_arguments:
            raise TypeError(f"{self._kernel.func.__name__} takes {self._n_arguments} arguments, not {len(args)}")
        fields = [args[k] for k in self._field_places]
        if not _same(fields, self._fields):
            self._look_at(args, fields)
        context = self._compiled.make_launch_context()
        for slot, (k, is_real) in enumerate(self._number_places):
            if is_real:
                context.set_arg_float((slot,), float(args[k]))
            else:
                context.set_arg_int((slot,), operator.index(args[k]))
        self._program.launch_kernel(self._code, context)
        return self._returned(context)

    def forget(self, field: Any) -> None:
        """Look at the fields anew at the next launch if this one was among them."""
        if any(field is known for known in self._fields):
            self._fields = []

    def _look_at(self, args: Sequence[Any], fields: list[Any]) -> None:
        self._fields = []  # if this fails
        kernel, self._program = self._kernel, ti.lang.impl.get_runtime().prog
        self._compiled = kernel.compiled_kernels[kernel.ensure_compiled(*args)]
        self._code = self._program.compile_kernel(
            self._program.config(), self._program.get_device_caps(), self._compiled
        )
        self._fields = fields

    def _returned(self, context: Any) -> Any:
        if self._kernel.return_type is None:
            return None
        self._program.synchronize()
        (kind,) = self._kernel.return_type
        if self._length:
            return tuple(context.get_struct_ret_float((0, k)) for k in range(self._length))
        return self._kernel.construct_kernel_ret(context, kind, (0,))


def _is_real(kind: Any) -> bool:
    if kind in ti.types.primitive_types.real_types:
        return True
    if kind not in (ti.i32, ti.i64):
        raise TypeError(f"a kernel that remembers its fields takes no {kind}")
    return False


def _length_of(returned: Any) -> int:
    """Of the vector that a kernel returns; 0: it returns none."""
    kind = returned[0] if returned else None
    if not hasattr(kind, "dtype"):
        return 0
    if kind.ndim != 1 or not _is_real(kind.dtype):
        raise TypeError(f"a kernel that remembers its fields returns no {kind}")
    return int(kind.n)


def _same(fields: list[Any], others: list[Any]) -> bool:
    return len(fields) == len(others) and all(a is b for a, b in zip(fields, others, strict=True))
