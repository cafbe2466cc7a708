"""Errors of AWS as errors of ours, and names of deployments."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from infra.deploy.aws import aws_errors, settle
from infra.deploy.deployment import Deployment
from sabiscore.errors import BadSetting, Refused, SabiScoreError, Unavailable


class Stacks:
    """A stack that has these states one after the other; "" where there is none."""

    def __init__(self, *states: str) -> None:
        self.states = list(states)
        self.calls: list[str] = []

    def describe_stacks(self, StackName: str) -> dict[str, list[dict[str, str]]]:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        self.calls.append(f"seen {state}")
        if not state:
            message = f"Stack with id {StackName} does not exist"
            raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "DescribeStacks")
        return {"Stacks": [{"StackStatus": state}]}

    def delete_stack(self, StackName: str) -> None:
        self.calls.append("deleted")


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "value-of-tests"}}, "PutParameter")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (NoCredentialsError(), BadSetting),
        (refusal("ExpiredTokenException"), BadSetting),
        (refusal("AccessDeniedException"), Refused),
        (refusal("InternalServerError"), Unavailable),
        (EndpointConnectionError(endpoint_url="https://value-of-tests"), Unavailable),
    ],
)
def test_an_error_says_what_to_do_and_quotes_nothing_that_was_sent(
    error: Exception, kind: type[SabiScoreError]
) -> None:
    with pytest.raises(kind) as caught, aws_errors():
        raise error
    assert caught.value.hint
    assert "value-of-tests" not in str(caught.value)


@pytest.mark.parametrize("stage", ["", "x", "Production", "a" * 16, "pro_d", "-prod", "prod-", "pro/d"])
def test_a_stage_that_could_not_name_a_bucket_is_refused(stage: str) -> None:
    with pytest.raises(BadSetting, match="stage"):
        Deployment(stage, "eu-west-1")


@pytest.mark.parametrize("region", ["", "europe", "eu-west", "eu-west-1; rm", "EU-WEST-1"])
def test_what_is_no_region_is_refused(region: str) -> None:
    with pytest.raises(BadSetting, match="region"):
        Deployment("test", region)


def test_the_longest_name_is_one_that_aws_takes() -> None:
    longest = Deployment("a" * 15, "ap-southeast-1")
    assert len(f"{longest.name}-home-123456789012") <= 63
    assert len(f"{longest.name}-revalidate") <= 64


def test_what_is_under_way_is_waited_for() -> None:
    stacks, waits = Stacks("UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"), []
    settle(stacks, "stack", lambda: waits.append(None))
    assert (len(waits), stacks.calls[-1]) == (2, "seen UPDATE_COMPLETE")


def test_what_a_failed_first_deployment_left_is_cleared() -> None:
    stacks = Stacks("ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE", "DELETE_IN_PROGRESS", "")
    settle(stacks, "stack", lambda: None)
    assert stacks.calls == [
        "seen ROLLBACK_IN_PROGRESS", "seen ROLLBACK_COMPLETE", "deleted", "seen DELETE_IN_PROGRESS", "seen ",
    ]  # fmt: skip


@pytest.mark.parametrize("state", ["", "CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_what_can_be_deployed_to_is_left_as_it_is(state: str) -> None:
    stacks = Stacks(state)
    settle(stacks, "stack", lambda: pytest.fail("nothing is under way"))
    assert stacks.calls == [f"seen {state}"]


def test_what_never_ends_is_an_error() -> None:
    with pytest.raises(Unavailable, match="still under way"):
        settle(Stacks("CREATE_IN_PROGRESS"), "stack", lambda: None)
