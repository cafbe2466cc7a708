"""What expressions of Prometheus speak of, and what there is to speak of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from infra.project import ROOT
from sabiscore.observability.families import COUNTED, SEEN

OBSERVABILITY = ROOT / "infra" / "observability"
RULES = OBSERVABILITY / "prometheus" / "rules.yml"

_SELECTOR = re.compile(r"\b(sabiscore_\w+)(?:\{([^{}]*)\})?")
_LABEL = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"')


def read(path: Path) -> Any:
    """The YAML of ``path``."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def rules() -> list[dict[str, Any]]:
    """Every rule, of all groups."""
    return [rule for group in read(RULES)["groups"] for rule in group["rules"]]


def emitted() -> dict[str, set[str]]:
    """Every name of ours that an expression can select, and its labels: what is scraped, and recorded."""
    found: dict[str, set[str]] = {}
    for family in (*COUNTED, *SEEN):
        if family.kind == "histogram":
            found[f"{family.name}_bucket"] = {*family.labels, "le"}
            found |= {f"{family.name}_{part}": set(family.labels) for part in ("sum", "count")}
        else:
            found[family.name] = set(family.labels)
    for rule in rules():
        if "record" in rule:
            found.setdefault(rule["record"], set()).update(rule.get("labels", ()))
    return found


def unknown_in(expression: str, known: Mapping[str, set[str]]) -> Iterator[str]:
    """The names and labels of ours in ``expression`` that nobody emits."""
    for name, selected in _SELECTOR.findall(expression):
        if name not in known:
            yield name
        else:
            yield from (f"{name}{{{label}}}" for label in set(_LABEL.findall(selected)) - known[name])
