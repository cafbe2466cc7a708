"""Run in the place of osls: keeps what it was sent, and makes the stack's outputs and bucket in moto.

``python fake_osls.py FOLDER deploy …``: each call is a line of FOLDER/osls.jsonl; a file FOLDER/broken makes
it fail as osls does.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from uuid import uuid4

import boto3


def template(bucket_name: str, packages: str, origin: str) -> str:
    bucket = {
        "Type": "AWS::S3::Bucket",
        "DeletionPolicy": "Retain",
        "Properties": {"BucketName": bucket_name},
    }
    outputs = {"ServerlessDeploymentBucketName": {"Value": packages}}
    outputs |= {"Home": {"Value": f"s3://{bucket_name}/home"}, "Origin": {"Value": origin}}
    # moto leaves a stack alone whose template is the same.
    return json.dumps({"Description": uuid4().hex, "Resources": {"HomeBucket": bucket}, "Outputs": outputs})


def keep_package(bucket: str, stage: str, region: str, words: list[str]) -> None:
    """What osls uploads by each deployment: 100, 101, …"""
    client = boto3.client("s3", region_name=region)
    if bucket not in {each["Name"] for each in client.list_buckets()["Buckets"]}:
        client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
    prefix = f"serverless/sabiscore-edge/{stage}/"
    number = 100 + client.list_objects_v2(Bucket=bucket, Prefix=prefix)["KeyCount"]
    if words[0] == "deploy":
        client.put_object(Bucket=bucket, Key=f"{prefix}{number}-2026-01-01/template.json", Body=b"{}")


def main(folder: Path, words: list[str]) -> int:
    with (folder / "osls.jsonl").open("a") as file:
        file.write(json.dumps({"words": words, "environ": dict(os.environ)}) + "\n")
    if (folder / "broken").exists():
        print(f"Error: the stack refused {os.environ['AWS_SECRET_ACCESS_KEY']}")
        return 1
    stage, region = words[words.index("--stage") + 1], words[words.index("--region") + 1]
    name = f"sabiscore-edge-{stage}-{region}"
    stacks = boto3.client("cloudformation", region_name=region)
    body = template(
        f"{name}-home-123456789012", f"{name}-packages", f"https://{stage}.execute-api.{region}.amazonaws.com"
    )
    if words[0] == "remove":
        stacks.delete_stack(StackName=name)
        return 0
    keep_package(f"{name}-packages", stage, region, words)
    known = {stack["StackName"] for stack in stacks.describe_stacks()["Stacks"]}
    (stacks.update_stack if name in known else stacks.create_stack)(StackName=name, TemplateBody=body)
    print(f"Service deployed to stack {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
