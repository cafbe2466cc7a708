"""Whether facts are of real matches or made up by the simulator; the two are never mixed."""

from __future__ import annotations

from typing import Literal

DataKind = Literal["real", "simulated"]
