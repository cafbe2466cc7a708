"""What a person sees while waiting: one line a step, with a bar and its time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

Report = Callable[[str, float], None]
"""Called with what is being done and how much of the step is done (0 to 1)."""


REFRESH_PER_S = 2
"""Drawing takes the interpreter from the work that it tells of."""


class Steps:
    """The steps of a longer command, on stderr so that stdout stays for answers."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.console = Console(stderr=True, quiet=quiet, highlight=False)

    def say(self, sentence: str) -> None:
        """Shows a sentence that stays."""
        self.console.print(sentence)

    @contextmanager
    def step(self, title: str) -> Iterator[Report]:
        """Shows ``title`` with a bar until the step is done; hands over what moves the bar."""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(24),
            TimeElapsedColumn(),
            TextColumn("{task.fields[now]}"),
        )
        with Progress(*columns, console=self.console, refresh_per_second=REFRESH_PER_S) as progress:
            task = progress.add_task(f"{title:<28}", total=None, now="")

            def report(now: str, done: float) -> None:
                progress.update(task, completed=done, total=1.0, now=now)

            yield report
            progress.update(task, completed=1.0, total=1.0, now="")
