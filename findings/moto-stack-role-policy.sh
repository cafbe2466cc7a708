#!/usr/bin/env bash
# moto 5.2.5 with botocore: the inline policy of a role that a CloudFormation stack made is no policy document.
#
# Expected: GetRolePolicy gives the document as JSON (IAM API reference, "PolicyDocument"), which botocore hands over
#   as a dict, as it does for the same policy put by PutRolePolicy.
# Seen: moto keeps the template's value as Python writes it, with single quotes; botocore fails to decode that, says
#   nothing, and hands over a str.
# Cost: a test that walks the statements of such a policy ends in a TypeError, and one that asks whether an action is
#   *in* the document asks a string: `"iam:PassRole" in policy` is true, `"Statement" in policy` too, whatever stands
#   there, a Deny included.
# Instead: parse it as YAML, which it is by luck, and assert on statements; or lint the template (cfn-lint).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.11}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  'moto[cloudformation,iam]==5.2.5' boto3==1.44.5 botocore==1.44.5
cat > "$work/finding.py" <<'PY'
import json
import os
import sys
from importlib.metadata import version

os.environ |= {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
}
import boto3
from moto import mock_aws

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}],
}
STACK = {
    "Resources": {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": "by-stack",
                "AssumeRolePolicyDocument": TRUST,
                "Policies": [{"PolicyName": "inline", "PolicyDocument": POLICY}],
            },
        }
    }
}


def document(iam, role):
    return iam.get_role_policy(RoleName=role, PolicyName="inline")["PolicyDocument"]


print(f"moto {version('moto')}, botocore {version('botocore')}")
with mock_aws():
    iam = boto3.client("iam")
    iam.create_role(RoleName="by-hand", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.put_role_policy(RoleName="by-hand", PolicyName="inline", PolicyDocument=json.dumps(POLICY))
    boto3.client("cloudformation").create_stack(
        StackName="roles", TemplateBody=json.dumps(STACK), Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    by_hand, by_stack = document(iam, "by-hand"), document(iam, "by-stack")
print(f"put by hand: expected the dict, seen a {type(by_hand).__name__}")
print(f"made by a stack: expected the same dict, seen a {type(by_stack).__name__}: {str(by_stack)[:48]}…")
still = by_hand == POLICY and isinstance(by_stack, str) and by_stack == str(POLICY)
sys.exit(None if still else "Changed: this finding no longer holds.")
PY
"$work/venv/bin/python" "$work/finding.py"
