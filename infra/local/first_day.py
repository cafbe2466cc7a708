"""What a command says of a data folder that lacks what it needs: what is there, and what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from infra.local.data_dirs import data_dir_settings
from sabiscore.domain.data_kind import DataKind
from sabiscore.errors import NothingPublished, NothingStored

if TYPE_CHECKING:
    from sabiscore.settings import Settings

OPTION = {"real": "leave --simulated out", "simulated": "add --simulated"}
"""How each kind of data folder is chosen."""


@contextmanager
def reading(kind: DataKind) -> Iterator[Settings]:
    """The settings of the data folder of ``kind``, for a command that reads it and makes nothing.

    Where there is no store or no publication yet, the error names the folder that was looked in and what it
    holds, and its hint the other folder where that has what is missing. Raises NothingStored and
    NothingPublished so.
    """
    settings = data_dir_settings(kind)
    try:
        yield settings
    except (NothingStored, NothingPublished) as error:
        raise type(error)(f"{error} {holds(settings)}", hint=_next(error, kind)) from error


def holds(settings: Settings) -> str:
    """What lies in the data folder of ``settings``, as a sentence."""
    folder = settings.data_dir
    if not folder.exists():
        return f"There is no data folder {folder}."
    parts = {
        "a store": has_store(settings),
        "bundles": settings.registry.exists(),
        "a publication": _has_publication(settings),
    }
    there = [name for name, is_there in parts.items() if is_there]
    lacking = [name.removeprefix("a ") for name, is_there in parts.items() if not is_there]
    without = f", no {' and no '.join(lacking)}" if lacking else ""
    return f"The data folder {folder} has {', '.join(there) or 'nothing of use'}{without}."


def _next(error: NothingStored | NothingPublished, kind: DataKind) -> str:
    """The error's own hint, after the other folder where that has what is missing."""
    other: DataKind = "real" if kind == "simulated" else "simulated"
    settings = data_dir_settings(other)
    has = _has_publication if isinstance(error, NothingPublished) else has_store
    if not has(settings):
        return error.hint
    return f"The {other} data folder {settings.data_dir} has some: {OPTION[other]}. {error.hint}"


def _has_publication(settings: Settings) -> bool:
    from sabiscore.publication.publish import COMING  # its room is no part of every command's start

    return (settings.publication / COMING).exists()


def has_store(settings: Settings) -> bool:
    """Whether the store's file is there; a server is taken to have one."""
    if not settings.database_url.startswith("sqlite:///"):
        return True
    return Path(settings.database_url.removeprefix("sqlite:///")).exists()
