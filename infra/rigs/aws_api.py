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
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
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
    def create_from_cloudformation_json(cls, *given: Any, **_: Any) -> Self:
        _, document, _, region = given
        return cls(document["Type"], region, document["Properties"])

    @classmethod
    def update_from_cloudformation_json(cls, *_: Any, **changed: Any) -> Self:
        found: Self = changed["original_resource"]
        found.properties = changed["cloudformation_json"]["Properties"]
        return found

    @classmethod
    def delete_from_cloudformation_json(cls, *_: Any) -> None:
        """Nothing but the stack holds it."""

    def get_cfn_attribute(self, attribute: str) -> str:
        if attribute == "ApiEndpoint":
            return f"https://{self.physical_resource_id}.execute-api.{self.region}.amazonaws.com"
        return self.physical_resource_id


@cache
def _complete() -> None:
    """Gives moto's CloudFormation what it lacks, once a process."""
    known = parsing.get_model_map()
    # Its linter takes warnings for errors (W3005); tests/integration/test_package.py lints the template.
    _put(models, validate_template_cfn_lint=lambda _template: [])
    _put(parsing, resource_class_from_type=lambda kind: known.get(kind, KeptResource))
    _give_functions_their_layers()
    _update_layers_before_functions()
    _retain_buckets()
    _forget_exports_once()


def _put(owner: Any, **named: Any) -> None:
    for name, value in named.items():
        setattr(owner, name, value)


def _give_functions_their_layers() -> None:
    created = LambdaFunction.create_from_cloudformation_json

    def create(*given: Any, **more: Any) -> LambdaFunction:
        function = created(*given, **more)
        document = next(each for each in given if isinstance(each, dict))
        function.update_configuration({"Layers": document["Properties"].get("Layers", [])})
        return function

    _put(LambdaFunction, create_from_cloudformation_json=staticmethod(create))


def _update_layers_before_functions() -> None:
    """A changed layer is a new version, and functions that name it change after it."""

    def update(*, new_resource_name: str, cloudformation_json: Any, **where: Any) -> LayerVersion:
        place = (where["account_id"], where["region_name"])
        return LayerVersion.create_from_cloudformation_json(new_resource_name, cloudformation_json, *place)

    _put(
        LayerVersion,
        update_from_cloudformation_json=staticmethod(update),
        physical_resource_id=property(lambda layer: layer.arn),
    )
    differing = parsing.ResourceMap.build_resource_diff

    def ordered(resources: Any, template: dict[str, Any], *more: Any) -> Any:
        found = differing(resources, template, *more)
        found["Modify"].sort(key=lambda name: "LayerVersion" not in template["Resources"][name]["Type"])
        return found

    _put(parsing.ResourceMap, build_resource_diff=ordered)


def _retain_buckets() -> None:
    """moto knows of ``Retain`` only."""
    deleted = parsing.ResourceMap.delete

    def delete(resources: Any) -> None:
        for resource in resources._resource_json_map.values():
            if resource.get("DeletionPolicy") == "RetainExceptOnCreate":
                resource["DeletionPolicy"] = "Retain"
        deleted(resources)

    _put(parsing.ResourceMap, delete=delete)


def _forget_exports_once() -> None:
    """moto fails on an export that an update added when it deletes the stack, and says that it is deleted."""
    deleted = models.CloudFormationBackend.delete_stack

    def delete(backend: Any, name_or_stack_id: str) -> None:
        for stack in backend.stacks.values():
            for export in stack.exports:
                backend.exports.setdefault(export.name, export)
        deleted(backend, name_or_stack_id)

    _put(models.CloudFormationBackend, delete_stack=delete)
