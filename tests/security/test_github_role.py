"""The role with which GitHub deploys: only jobs of its environment get it, and nothing beside its stages."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
import yaml

from infra.project import ROOT

TEMPLATE = ROOT / "infra/deploy/github_role.yml"
GITHUB = "token.actions.githubusercontent.com"
NAMELESS = {"Looking", "AccessLog", "Gateway", "Decrypting"}
"""Statements whose actions name no stage: AWS knows no such resource, or names it by itself."""


BEGINNING = {"OtherData", "OtherStack"}
"""Of the stage whose publication a new one begins with."""


@pytest.fixture
def role(s3: str) -> dict[str, Any]:
    """The role of an environment that deploys the stage `production`, as AWS has it."""
    environment = f"t{uuid4().hex[:8]}"
    given = {"Repository": "example/sabiscore", "Environment": environment, "Stages": "production"}
    options: dict[str, Any] = {
        "endpoint_url": s3,
        "region_name": "eu-west-1",
        "aws_access_key_id": "tests",
        "aws_secret_access_key": "tests",
    }
    boto3.client("cloudformation", **options).create_stack(
        StackName=f"github-{environment}",
        TemplateBody=TEMPLATE.read_text(encoding="utf-8"),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    iam, name = boto3.client("iam", **options), f"sabiscore-edge-github-{environment}"
    found = dict(iam.get_role(RoleName=name)["Role"])
    # moto hands back what CloudFormation made as Python would write it, which is YAML and no JSON.
    policy = yaml.safe_load(iam.get_role_policy(RoleName=name, PolicyName="deploy")["PolicyDocument"])
    return {**found, "environment": environment, "statements": policy["Statement"]}


def listed(words: str | list[str]) -> list[str]:
    """A policy says a list of a single word without its brackets."""
    return [words] if isinstance(words, str) else words


def test_only_jobs_of_the_environment_get_it(role: dict[str, Any]) -> None:
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert statement["Condition"] == {
        "StringEquals": {
            f"{GITHUB}:aud": "sts.amazonaws.com",
            f"{GITHUB}:sub": f"repo:example/sabiscore:environment:{role['environment']}",
        }
    }


def test_it_may_touch_what_is_named_by_its_stages_only(role: dict[str, Any]) -> None:
    for statement in role["statements"]:
        resources = statement["Resource"]
        for resource in listed(resources):
            ours = re.search(r"[/:]sabiscore(-edge|-deploy)?[-/](production|github)\b", resource)
            assert ours or statement["Sid"] in {*NAMELESS, *BEGINNING}, (statement["Sid"], resource)


def test_of_the_stage_that_another_begins_with_it_may_only_read(role: dict[str, Any]) -> None:
    allowed = {
        action
        for statement in role["statements"]
        if statement["Sid"] in BEGINNING
        for action in statement["Action"]
    }
    assert {re.split(r":|(?<=[a-z])(?=[A-Z])", action)[1] for action in allowed} == {
        "Describe",
        "Get",
        "List",
    }


def test_it_cannot_change_itself(role: dict[str, Any]) -> None:
    (denied,) = [statement for statement in role["statements"] if statement["Effect"] == "Deny"]
    assert denied["Action"] == "iam:*"
    assert denied["Resource"].endswith("role/sabiscore-edge-github-*")


def test_what_a_deployment_asks_of_aws_is_allowed(role: dict[str, Any]) -> None:
    asked = {
        service
        for path in (ROOT / "infra/deploy").glob("*.py")
        for service in re.findall(r"client\(\"(\w+)\"\)", path.read_text(encoding="utf-8"))
    }
    declared = re.findall(r"Type: AWS::(\w+)::", (ROOT / "serverless.yml").read_text(encoding="utf-8"))
    allowed = {
        action.split(":")[0]
        for statement in role["statements"]
        if statement["Effect"] == "Allow"
        for action in listed(statement["Action"])
    }
    assert asked - {"sts"} <= allowed  # whoever signed in may ask who they are
    assert {service.lower() for service in declared} <= allowed


def test_cloudformation_accepts_the_template() -> None:
    lint = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run([lint, TEMPLATE], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
