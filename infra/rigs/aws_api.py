"""A stand-in of AWS's API on 127.0.0.1: moto, with what CloudFormation lacks there to deploy serverless.yml.

Functions, layers, buckets, parameters, roles, schedules and topics are moto's. The gateway, alarms and
policies of buckets are kept as they were sent, to be read back.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

from moto.awslambda.models import LambdaFunction, LayerVersion
from moto.cloudformation import models, parsing
from moto.core.common_models import CloudFormationModel
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from infra.rigs.part import HOST

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


@contextmanager
def aws_api() -> Iterator[str]:
    """The address of the stand-in. What it holds is the process's: all stand-ins of one share it."""
    _complete()
    app = _one_at_a_time(DomainDispatcherApplication(create_backend_app))
    server = make_server(HOST, 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _one_at_a_time(app: WSGIApplication) -> WSGIApplication:
    """``app`` without two requests at once: S3 looks at a condition and writes in one step, moto in two."""
    turn = threading.Lock()

    def in_turn(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with turn:
            return list(app(environ, start_response))

    return in_turn


class KeptResource(CloudFormationModel):
    """A resource of a type that moto does not know: only what the template says of it."""

    def __init__(self, kind: str, region: str, properties: dict[str, Any]) -> None:
        self.kind, self.region, self.properties = kind, region, properties
        self.physical_resource_id = uuid4().hex[:10]

    @classmethod
    def create_from_cloudformation_json(  # type: ignore[override]
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **_: Any,
    ) -> Self:
        return cls(cloudformation_json["Type"], region_name, cloudformation_json["Properties"])

    @classmethod
    def update_from_cloudformation_json(  # type: ignore[override]
        cls,
        original_resource: Self,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> Self:
        original_resource.properties = cloudformation_json["Properties"]
        return original_resource

    @classmethod
    def delete_from_cloudformation_json(cls, *_: Any) -> None:  # type: ignore[override]
        """Nothing but the stack holds it."""

    def get_cfn_attribute(self, attribute: str) -> str:
        if attribute == "ApiEndpoint":
            return f"https://{self.physical_resource_id}.execute-api.{self.region}.amazonaws.com"
        return self.physical_resource_id


@cache
def _complete() -> None:
    """Gives moto's CloudFormation what it lacks, once a process."""
    # Its linter takes warnings for errors (W3005); ``tests/integration/test_package.py`` lints the template.
    models.validate_template_cfn_lint = lambda template: []  # noqa: ARG005
    known = parsing.get_model_map()
    parsing.resource_class_from_type = lambda kind: known.get(kind, KeptResource)
    _give_functions_their_layers()
    _update_layers_before_functions()
    _retain_buckets()
    _forget_exports_once()


def _give_functions_their_layers() -> None:
    created = LambdaFunction.create_from_cloudformation_json

    def create(*given: Any, **more: Any) -> LambdaFunction:
        function: LambdaFunction = created(*given, **more)
        document = next(each for each in given if isinstance(each, dict))
        function.update_configuration({"Layers": document["Properties"].get("Layers", [])})
        return function

    LambdaFunction.create_from_cloudformation_json = staticmethod(create)  # type: ignore[assignment]


def _update_layers_before_functions() -> None:
    """A changed layer is a new version, and functions that name it change after it."""

    def update(
        original_resource: LayerVersion,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> LayerVersion:
        del original_resource
        made: LayerVersion = LayerVersion.create_from_cloudformation_json(
            new_resource_name, cloudformation_json, account_id, region_name
        )
        return made

    LayerVersion.physical_resource_id = property(lambda layer: layer.arn)  # type: ignore[attr-defined]
    LayerVersion.update_from_cloudformation_json = staticmethod(update)  # type: ignore[method-assign]
    differing = parsing.ResourceMap.build_resource_diff

    def ordered(resources: Any, template: dict[str, Any], *more: Any, **named: Any) -> Any:
        found = differing(resources, template, *more, **named)
        found["Modify"].sort(key=lambda name: "LayerVersion" not in template["Resources"][name]["Type"])
        return found

    parsing.ResourceMap.build_resource_diff = ordered  # type: ignore[method-assign]


def _retain_buckets() -> None:
    """moto knows of ``Retain`` only."""
    deleted = parsing.ResourceMap.delete

    def delete(resources: Any) -> None:
        for resource in resources._resource_json_map.values():
            if resource.get("DeletionPolicy") == "RetainExceptOnCreate":
                resource["DeletionPolicy"] = "Retain"
        deleted(resources)

    parsing.ResourceMap.delete = delete  # type: ignore[method-assign]


def _forget_exports_once() -> None:
    """moto fails on an export that an update added when it deletes the stack, and says that it is deleted."""
    deleted = models.CloudFormationBackend.delete_stack

    def delete(backend: Any, name_or_stack_id: str) -> None:
        for stack in backend.stacks.values():
            for export in stack.exports:
                backend.exports.setdefault(export.name, export)
        deleted(backend, name_or_stack_id)

    models.CloudFormationBackend.delete_stack = delete  # type: ignore[method-assign]
