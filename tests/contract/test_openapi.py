"""The API document tells of every route, every error and every problem, with examples that hold."""

from __future__ import annotations

import pytest

from infra.api_document.__main__ import built
from infra.api_document.document import OPERATIONS, openapi
from infra.api_document.page import EXPLAINED, docs_page
from infra.api_document.routes import every_route
from sabiscore.http.about_routes import page_policy
from sabiscore.http.problems import TITLES
from sabiscore.http.schema import Problem
from tests.support.served import world

MODELS = {
    model.__name__: model
    for operation in OPERATIONS.values()
    for model in (operation.answer, operation.body, operation.under_way, Problem)
    if isinstance(model, type)
}


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    return openapi(world(tmp_path_factory.mktemp("publication")).routes)


def test_the_files_that_are_served_are_those_that_the_routes_make():
    for path, content in built().items():
        assert path.read_bytes() == content, f"{path.name} is out of date: run make api-document"


def test_the_document_lists_the_routes_that_the_functions_serve(tmp_path):
    served = {(route.path, route.name) for route in world(tmp_path).routes}
    assert served == {(route.path, route.name) for route in every_route()}


def each(document):
    return [operation for methods in document["paths"].values() for operation in methods.values()]


def test_every_route_is_described_and_nothing_else(document, tmp_path):
    documented = {operation["operationId"] for operation in each(document)}
    assert documented == set(OPERATIONS) == {route.name for route in world(tmp_path).routes}
    assert set(document["paths"]) == {route.path for route in world(tmp_path).routes}


def test_every_example_is_valid_by_its_model(document):
    seen = 0
    for operation in each(document):
        bodies = [operation["requestBody"]] if "requestBody" in operation else []
        for holder in [*operation["responses"].values(), *bodies]:
            for content in holder.get("content", {}).values():
                for example in content.get("examples", {}).values():
                    model = MODELS[content["schema"]["$ref"].rpartition("/")[2]]
                    model.model_validate(example["value"])
                    seen += 1
    assert seen > 40


def test_every_error_has_an_example(document):
    for operation in each(document):
        for status, response in operation["responses"].items():
            if status >= "400":
                examples = response["content"]["application/problem+json"]["examples"]
                assert all(example["value"]["status"] == int(status) for example in examples.values())
                assert examples


def test_every_reference_leads_somewhere(document):
    def references(node):
        if isinstance(node, dict):
            if "$ref" in node:
                yield node["$ref"]
            node = list(node.values())
        if isinstance(node, list):
            for part in node:
                yield from references(part)

    for reference in references(document):
        at = document
        for part in reference.removeprefix("#/").split("/"):
            at = at[part]
        assert at


def test_the_page_explains_every_operation_and_problem_without_script_or_foreign_address(document):
    page = docs_page(document)
    text, policy = page.decode(), page_policy(page)
    assert EXPLAINED.keys() == TITLES.keys()
    for slug in TITLES:
        assert f'id="problem-{slug}"' in text
    for operation in each(document):
        assert f'id="{operation["operationId"]}"' in text
    assert "<script" not in text
    assert "http://" not in text
    assert "https://" not in text
    assert "'unsafe-inline'" not in policy
