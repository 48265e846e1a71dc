"""Kernels that remember the fields of their last launch."""

import contextlib

import pytest

from regolith.particles import Group
from regolith.runtime import started


class Cell(Group):
    def __init__(self) -> None:
        from regolith_kernels.precision import real, ti

        super().__init__()
        self.count = self._place(ti.field(ti.i32))
        self.value = self._place(ti.field(real))
        self._finish()


@pytest.fixture(scope="module")
def kernels():
    started()
    from regolith_kernels.launch import relaunched
    from regolith_kernels.precision import Field, length, point3, ti

    @relaunched
    @ti.kernel
    def put(count: ti.i32, cell: Field, value: length, negative: Field):
        """Numbers and fields in any order."""
        cell.count[None] = count
        cell.value[None] = value
        if ti.static(negative):
            cell.value[None] = -value

    @relaunched
    @ti.kernel
    def read(cell: Field, factor: length) -> point3:
        """Returns something."""
        return point3(cell.count[None], cell.value[None], factor)

    return put, read


def test_every_launch_gets_its_own_numbers(kernels):
    put, read = kernels
    cell = Cell()
    for count, value in [(3, 0.5), (-7, 2), (2**31 - 1, 1e-3)]:
        put(count, cell, value, False)
        assert list(read(cell, 4.0)) == pytest.approx([count, value, 4.0])
    cell.destroy()


def test_a_launch_on_other_fields_leaves_those_of_the_last_one_alone(kernels):
    put, read = kernels
    first, second = Cell(), Cell()
    for k in range(3):
        put(k, first, 1.0, False)
        put(k + 10, second, 2.0, True)
        assert list(read(first, 0.0)) == [k, 1.0, 0.0]
        assert list(read(second, 0.0)) == [k + 10, -2.0, 0.0]
    first.destroy()
    put(20, second, 3.0, True)  # remembered, while Taichi has dropped all that it had compiled
    assert list(read(second, 0.0)) == [20, -3.0, 0.0]
    third = Cell()  # may take the place of the first in memory
    put(5, third, 4.0, False)
    assert list(read(third, 0.0)) == [5, 4.0, 0.0] and list(read(second, 0.0)) == [20, -3.0, 0.0]
    for cell in (second, third):
        cell.destroy()


def test_destroyed_fields_are_not_remembered(kernels):
    put, read = kernels
    gone, other = Cell(), Cell()
    put(1, gone, 1.0, False)
    gone.destroy()
    third = Cell()
    put(2, third, 2.0, False)
    put(3, other, 3.0, False)
    with contextlib.suppress(Exception):  # whatever Taichi says of it
        put(4, gone, 4.0, False)
    assert list(read(third, 0.0)) == [2, 2.0, 0.0] and list(read(other, 0.0)) == [3, 3.0, 0.0]
    for cell in (other, third):
        cell.destroy()


def test_too_many_arguments_are_refused_at_every_launch(kernels):
    cell = Cell()
    kernels[0](1, cell, 1.0, False)
    for args in ((2, cell, 2.0), (2, cell, 2.0, False, 3)):
        with pytest.raises(TypeError, match="put takes 4 arguments"):
            kernels[0](*args)
    cell.destroy()


def test_a_number_that_is_no_integer_is_refused_for_one(kernels):
    cell = Cell()
    with pytest.raises(TypeError):
        kernels[0](3.7, cell, 1.0, False)
    cell.destroy()


def test_a_kernel_keeps_its_name_and_text(kernels):
    put, _ = kernels
    assert put.__name__ == "put" and put.__doc__ == "Numbers and fields in any order."
