"""What is kept of a deployment in AWS Systems Manager: secrets of its functions, and what was deployed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from infra.deploy.aws import Aws, aws_errors

Kind = Literal["SecureString", "String"]


class ParameterStore:
    """The parameters below ``path``, each by its last word. Values are never logged or shown.

    Each call raises what ``Aws`` does.
    """

    def __init__(self, aws: Aws, path: str) -> None:
        self._client = aws.client("ssm")
        self._path = path

    def values(self) -> dict[str, str]:
        """Name → value of every parameter, decrypted."""
        return {name: str(found["Value"]) for name, found in self._all(decrypt=True).items()}

    def versions(self) -> dict[str, int]:
        """Name → version, which changes with the value; nothing is decrypted."""
        return {name: int(found["Version"]) for name, found in self._all(decrypt=False).items()}

    def put(self, name: str, value: str, kind: Kind = "SecureString") -> None:
        """The parameter ``name`` holds ``value`` now."""
        with aws_errors():
            self._client.put_parameter(Name=f"{self._path}/{name}", Value=value, Type=kind, Overwrite=True)

    def remove(self, name: str) -> None:
        """There is no parameter ``name`` any more."""
        with aws_errors():
            self._client.delete_parameters(Names=[f"{self._path}/{name}"])

    def _all(self, *, decrypt: bool) -> dict[str, Mapping[str, Any]]:
        with aws_errors():
            pages = self._client.get_paginator("get_parameters_by_path").paginate(
                Path=self._path, WithDecryption=decrypt
            )
            found = [parameter for page in pages for parameter in page["Parameters"]]
        return {str(each["Name"]).rpartition("/")[2]: each for each in found}


class Records:
    """What was deployed last, by the step that did it: a digest of its inputs, and what it made."""

    def __init__(self, store: ParameterStore) -> None:
        self._store = store

    def of(self, step: str) -> Mapping[str, str]:
        """What ``step`` kept; an empty mapping where it kept nothing."""
        text = self._store.values().get(step, "{}")
        return {str(name): str(value) for name, value in json.loads(text).items()}

    def keep(self, step: str, **what: str) -> None:
        """``step`` ended well, with this outcome."""
        self._store.put(step, json.dumps(what, sort_keys=True), "String")

    def forget(self, step: str) -> None:
        """Nothing of ``step`` is deployed any more."""
        self._store.remove(step)
