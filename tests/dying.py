"""For tests of what a kill leaves: a process that dies in place of one of its changes to the disk."""

import os
from collections.abc import Callable, Sequence


def die_at(k: int, names: Sequence[str]) -> None:
    """Let this process end in place of its k-th call, from 0, of functions of `os`."""
    left = k

    def fatal(function: Callable) -> Callable:
        def call(*arguments: object, **options: object) -> object:
            nonlocal left
            if left == 0:
                os._exit(9)
            left -= 1
            return function(*arguments, **options)

        return call

    for name in names:
        setattr(os, name, fatal(getattr(os, name)))
