#!/usr/bin/env bash
# moto 5.2.5: S3 copies and finished multipart uploads go through although their preconditions fail.
#
# Expected: CopyObject with If-None-Match "*" on a key that exists, CopyObject whose CopySourceIfMatch names another
#   ETag, and CompleteMultipartUpload with a stale If-Match are answered 412 Precondition Failed (S3 API reference of
#   the two operations, "Conditional writes"). moto does so for PutObject, DeleteObject, and for If-None-Match on
#   CompleteMultipartUpload.
# Seen: these three succeed, and the object that should have been protected is replaced.
# Cost: a lost-update test of a pointer that is moved by copy ("promote") or of a large bundle passes in the test
#   suite whether the code sends the condition or not: the fake cannot tell the two apart.
# Instead: hold pointers in small objects written by PutObject with IfMatch, which moto does check, and assert the
#   condition on the request itself for copies (botocore's event before-call.s3.CopyObject).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.11}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  'moto[s3]==5.2.5' boto3==1.44.5 botocore==1.44.5
cat > "$work/finding.py" <<'PY'
import os
import sys
from importlib.metadata import version

os.environ |= {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
}
import boto3
from botocore.exceptions import ClientError
from moto import mock_aws

OTHER = '"00000000000000000000000000000000"'


def finish(s3, **condition):
    upload = {"Bucket": "bundles", "Key": "production"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    part = {"PartNumber": 1, "ETag": s3.upload_part(**upload, PartNumber=1, Body=b"new")["ETag"]}
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [part]}, **condition)


def copy(s3, **condition):
    s3.copy_object(Bucket="bundles", Key="production", CopySource="bundles/candidate", **condition)


def put(s3, **condition):
    s3.put_object(Bucket="bundles", Key="production", Body=b"new", **condition)


def answer(call, condition):
    with mock_aws():
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="bundles")
        s3.put_object(Bucket="bundles", Key="production", Body=b"old")
        s3.put_object(Bucket="bundles", Key="candidate", Body=b"new")
        try:
            call(s3, **condition)
            status = "200"
        except ClientError as error:
            status = str(error.response["ResponseMetadata"]["HTTPStatusCode"])
        return status, s3.get_object(Bucket="bundles", Key="production")["Body"].read().decode()


CASES = {
    "PutObject IfMatch": (put, {"IfMatch": OTHER}, ("412", "old")),
    "CompleteMultipartUpload IfNoneMatch": (finish, {"IfNoneMatch": "*"}, ("412", "old")),
    "CompleteMultipartUpload IfMatch": (finish, {"IfMatch": OTHER}, ("200", "new")),
    "CopyObject IfNoneMatch": (copy, {"IfNoneMatch": "*"}, ("200", "new")),
    "CopyObject CopySourceIfMatch": (copy, {"CopySourceIfMatch": OTHER}, ("200", "new")),
}
print(f"moto {version('moto')}, boto3 {version('boto3')}")
still = True
for name, (call, condition, known) in CASES.items():
    seen = answer(call, condition)
    print(f"{name}: expected 412 and the old object, seen {seen[0]} and the {seen[1]} object")
    still = still and seen == known
sys.exit(None if still else "Changed: this finding no longer holds.")
PY
"$work/venv/bin/python" "$work/finding.py"
