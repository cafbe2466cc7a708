"""What was taken for a while is given back."""

from __future__ import annotations

import weakref

from infra.local.memory import give_back


class Taken:
    """Refers to itself, so that counting references never frees it."""

    def __init__(self) -> None:
        self.itself = self


def test_what_nothing_refers_to_is_freed() -> None:
    taken = weakref.ref(Taken())
    give_back()
    assert taken() is None
