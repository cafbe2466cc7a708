"""Errors of AWS as errors of ours, and names of deployments."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from infra.deploy.aws import aws_errors
from infra.deploy.deployment import Deployment
from sabiscore.errors import BadSetting, Refused, SabiScoreError, Unavailable


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
