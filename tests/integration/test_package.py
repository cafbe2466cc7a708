"""What a deployment would send to AWS is valid, small, and allowed to do little."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from moto.server import ThreadedMotoServer
from starlette.routing import BaseRoute, Route

from infra.api_document.routes import every_page
from infra.lambda_runtime.image import testable as target_here
from infra.layers.build import build, folder_of
from infra.layers.release import release
from infra.layers.target import DEPLOYED
from infra.packaging import TEMPLATE, Package, package
from infra.project import ROOT
from sabiscore import settings
from sabiscore.bootstrap.account import account_app
from sabiscore.bootstrap.cron import cron_app
from sabiscore.bootstrap.health import health_app
from sabiscore.bootstrap.http_apps import insights_app, revalidate_app
from sabiscore.bootstrap.measured import measured
from sabiscore.bootstrap.push import push_app
from sabiscore.bootstrap.stored_secrets import parameters_of
from sabiscore.jobs.registry import JOBS
from sabiscore.jobs.timetable import TIMETABLE
from sabiscore.net.parameter_store import MOST_NAMES
from sabiscore.settings import read_settings
from sabiscore.sources.registry import declare
from tests.support.parameters import PATH, put_secret

SERVERLESS = (ROOT / "serverless.yml").read_text()

CANARY = "c4n4ry-"
SOURCES = {name for source in declare({}) for name in source.needs}
OF_ALL = {"EDGE_SECRET", "SENTRY_DSN", "UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN"}
OF_PUSH = {"PUSH_PUBLIC_KEY", "PUSH_PRIVATE_KEY", "PUSH_CONTACT"}
OF_OPENID = {"OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"}
NEEDED = {
    "insights": OF_ALL,
    "health": OF_ALL,
    "pages": OF_ALL | {"EDGE_URL"},
    "revalidate": OF_ALL | {"EDGE_URL", "REVALIDATE_SECRET"},
    "push": OF_ALL | {"PUSH_PUBLIC_KEY", "DATABASE_URL"},
    "account": OF_ALL | OF_OPENID | {"ACCOUNT_SECRET", "DATABASE_URL", "EDGE_URL"},
    "cron": OF_ALL | {"CRON_SECRET", "DATABASE_URL"},
    **dict.fromkeys(JOBS, OF_ALL | OF_PUSH | SOURCES | {"DATABASE_URL", "EDGE_URL"}),
}
"""Function → the parameters that it reads when it runs, and no others."""
PARAMETERS = set().union(*NEEDED.values())


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def packaged(aws: str, tmp_path_factory: pytest.TempPathFactory) -> Package:
    target = target_here()
    build(target)
    if not (folder_of(target) / "release.zip").exists():
        release(tmp_path_factory.mktemp("home"), folder_of(target))
    for name in PARAMETERS:
        put_secret(aws, name, f"{CANARY}{name}")
    return package(tmp_path_factory.mktemp("package"), endpoint=aws, target=target)


def entries(archive: Path) -> list[str]:
    with zipfile.ZipFile(archive) as opened:
        return sorted(opened.namelist())


NAMES = (
    "AlarmName",
    "TopicName",
    "FunctionName",
    "LayerName",
    "RoleName",
    "BucketName",
    "LogGroupName",
    "Name",
)


def names(packaged: Package) -> set[str]:
    """Every name that the template gives, by which AWS would take two resources for the same."""
    found = [resource.get("Properties", {}) for resource in packaged.template["Resources"].values()]
    given = {str(properties[key]) for properties in found for key in NAMES if key in properties}
    return {name for name in given if not name.startswith("{")}  # a reference to another resource


def test_every_name_carries_stage_and_region(packaged: Package) -> None:
    found = names(packaged)
    assert len(found) >= len(HANDLERS) * 2
    assert {name for name in found if "sabiscore-edge-test-eu-west-1" not in name} == set()


def test_two_regions_stand_side_by_side(
    packaged: Package, aws: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    there = package(
        tmp_path_factory.mktemp("there"), endpoint=aws, target=target_here(), region="ap-southeast-1"
    )
    assert names(packaged).isdisjoint(names(there))
    longest = {"BucketName": 63, "FunctionName": 64, "RoleName": 64}
    for resource in there.template["Resources"].values():
        for key, most in longest.items():
            name = str(resource.get("Properties", {}).get(key, ""))
            assert len(name) + len("production") - len("test") <= most


ANY_OTHER = "ANY /api/{proxy+}"


def served(routes: Iterable[BaseRoute]) -> set[str]:
    """The paths of an app as API Gateway names them: which of the methods hold is the app's to say."""
    return {f"ANY {route.path}" for route in routes if isinstance(route, Route)}


def test_the_gateway_sends_each_function_exactly_what_its_app_serves(packaged: Package) -> None:
    routes = packaged.routes()
    apps = {
        "insights": insights_app().routes,
        "pages": every_page(),
        "revalidate": revalidate_app().routes,
        "cron": cron_app().routes,
        "push": push_app().routes,
        "account": account_app().routes,
        "health": health_app().routes,
    }
    assert routes.pop(ANY_OTHER) == "insights"  # unknown paths, in our own words
    for name, its_routes in apps.items():
        assert {route for route, function in routes.items() if function == name} == served(its_routes)
    assert set(routes.values()) == set(apps)


def test_cloudformation_accepts_the_template(packaged: Package) -> None:
    # W3005: osls repeats dependencies that CloudFormation would find by itself.
    lint = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run(
        [lint, "-i", "W3005", "--", packaged.folder / TEMPLATE], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_deployed_runtime_is_the_one_layers_are_built_for(packaged: Package) -> None:
    provider = yaml.safe_load(SERVERLESS.replace("!GetAtt", ""))["provider"]
    assert DEPLOYED.runtime in provider["runtime"]
    assert provider["architecture"] == DEPLOYED.architecture
    assert str(folder_of(DEPLOYED).relative_to(ROOT)) in SERVERLESS
    for function in packaged.resources("AWS::Lambda::Function").values():
        assert function["Runtime"] == target_here().runtime
        assert function["Architectures"] == [DEPLOYED.architecture]


def test_the_framework_is_the_one_installed() -> None:
    pinned = json.loads((ROOT / "infra/package.json").read_text())["devDependencies"]["osls"]
    assert yaml.safe_load(SERVERLESS.replace("!GetAtt", ""))["frameworkVersion"] == pinned


HANDLERS = {
    **{
        name: f"functions/{name}" for name in ("insights", "pages", "revalidate", "push", "account", "health")
    },
    **{job: f"functions/cron/{job}" for job in JOBS},
    "cron": "functions/cron/calls",
}
"""Function → its module."""


@pytest.mark.parametrize(("name", "module"), HANDLERS.items())
def test_a_function_is_its_one_file(packaged: Package, name: str, module: str) -> None:
    assert packaged.function(name)["Handler"] == f"{module}.handler"
    packages = {f"{folder}/__init__.py" for folder in ("functions", module.rpartition("/")[0])}
    assert entries(packaged.folder / f"{name}.zip") == sorted({*packages, f"{module}.py"})
    assert re.search(r"^handler\b", (ROOT / f"{module}.py").read_text(), re.MULTILINE)


def test_there_is_no_function_without_a_file_and_no_file_without_a_function(packaged: Package) -> None:
    ours = [*(ROOT / "functions").glob("*.py"), *(ROOT / "functions/cron").glob("*.py")]
    files = {path.relative_to(ROOT).with_suffix("").as_posix() for path in ours if path.stem != "__init__"}
    functions = packaged.resources("AWS::Lambda::Function").values()
    assert sorted(files) == sorted(HANDLERS.values())
    assert sorted(function["Handler"] for function in functions) == sorted(
        f"{file}.handler" for file in files
    )


def test_every_function_has_layers_memory_and_a_time_out_below_the_gateways(packaged: Package) -> None:
    layers = set(packaged.resources("AWS::Lambda::LayerVersion"))
    assert layers == {
        f"{name}LambdaLayer"
        for name in ("Core", "Runtime", "Inference", "Formats", "Store", "Accounts", "Release")
    }
    for name in HANDLERS:
        function = packaged.function(name)
        assert {layer["Ref"] for layer in function["Layers"]} <= layers
        assert len(function["Layers"]) <= 5  # Lambda's own limit
        assert 128 <= function["MemorySize"] <= 1769
        longest = 900 if name in JOBS else 29  # Lambda's own limit; API Gateway gives up at 30 s
        assert 0 < function["Timeout"] <= longest


def test_schedules_run_at_the_times_of_the_timetable(packaged: Package) -> None:
    rules = packaged.resources("AWS::Events::Rule")
    assert len(rules) == len(JOBS)
    for job, every in TIMETABLE.items():
        (rule,) = (found for name, found in rules.items() if name.startswith(f"{job.capitalize()}Events"))
        assert rule["State"] == "ENABLED"
        (target,) = rule["Targets"]
        assert target["Arn"] == {"Fn::GetAtt": [f"{job.capitalize()}LambdaFunction", "Arn"]}
        assert "Input" not in target  # the tick itself, whose id says which one it is
        assert ticks(rule["ScheduleExpression"]) == list(times(every.next))


DAY = datetime(2026, 3, 29, tzinfo=UTC)
"""With a night in which clocks are moved."""


def ticks(expression: str) -> list[datetime]:
    """The instants of DAY at which EventBridge calls by ``cron(minutes hours * * ? *)``."""
    minutes, hours = re.fullmatch(r"cron\((\S+) (\S+) \* \* \? \*\)", expression).groups()  # type: ignore[union-attr]
    found = [(hour, minute) for hour in field(hours, 24) for minute in field(minutes, 60)]
    return [DAY.replace(hour=hour, minute=minute) for hour, minute in found]


def field(text: str, size: int) -> range:
    """What a field of a cron expression names: ``*``, ``7`` or ``0/5``."""
    start, _, step = text.partition("/")
    if text == "*":
        return range(size)
    return range(int(start), size, int(step)) if step else range(int(start), int(start) + 1)


def times(following: Callable[[datetime], datetime]) -> Iterator[datetime]:
    """The instants of DAY by the timetable."""
    at = following(DAY - timedelta(seconds=1))
    while at < DAY + timedelta(days=1):
        yield at
        at = following(at)


def test_a_function_reads_the_secrets_that_it_needs_and_no_others(packaged: Package) -> None:
    for name in HANDLERS:
        variables = packaged.function(name)["Environment"]["Variables"]
        assert set(parameters_of(variables)) == {f"{PATH}/{parameter}" for parameter in NEEDED[name]}
        assert not set(parameters_of(variables).values()) & set(variables)
        assert len(NEEDED[name]) <= MOST_NAMES or name in JOBS  # one call, where somebody waits for it
    for job in JOBS:
        variables = packaged.function(job)["Environment"]["Variables"]
        assert "SABISCORE_QUOTAS" in variables
        assert variables["SABISCORE_HOME"].startswith("/tmp/")


def test_a_planted_secret_is_nowhere_in_what_is_sent(packaged: Package) -> None:
    files = [path for path in packaged.folder.rglob("*") if path.is_file()]
    assert packaged.folder / TEMPLATE in files
    assert len([path for path in files if path.suffix == ".zip"]) >= len(HANDLERS)
    for path in files:
        assert CANARY.encode() not in path.read_bytes(), path.name
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as opened:
                assert not [name for name in opened.namelist() if CANARY.encode() in opened.read(name)]


PARAMETER = f"arn:aws:ssm:eu-west-1:123456789012:parameter{PATH}/"


def test_a_role_reads_the_parameters_of_its_functions(packaged: Package) -> None:
    roles = packaged.resources("AWS::IAM::Role")
    of_readers = set().union(*(NEEDED[name] for name in HANDLERS if name not in JOBS))
    assert not of_readers & (SOURCES | {"PUSH_PRIVATE_KEY"})
    allowed = {"IamRoleLambdaExecution": of_readers, "SchedulesRole": {"*"}}
    for role, parameters in allowed.items():
        (reads,) = (found for found in statements(roles[role]) if "ssm:GetParameters" in found["Action"])
        assert set(listed(reads["Resource"])) == {f"{PARAMETER}{name}" for name in parameters}
        (decrypts,) = (found for found in statements(roles[role]) if "kms:Decrypt" in found["Action"])
        assert listed(decrypts["Resource"]) == ["arn:aws:kms:eu-west-1:123456789012:key/*"]
        assert decrypts["Condition"] == {
            "StringEquals": {"kms:ViaService": "ssm.eu-west-1.amazonaws.com"},
            "StringLike": {"kms:EncryptionContext:PARAMETER_ARN": f"{PARAMETER}*"},
        }


def listed(resources: str | list[str]) -> list[str]:
    """``resources`` of a statement: osls takes a list of one apart."""
    return [resources] if isinstance(resources, str) else resources


def test_a_tick_is_not_tried_again_once_the_next_has_come(packaged: Package) -> None:
    configured = packaged.resources("AWS::Lambda::EventInvokeConfig").values()
    by_function = {
        config["FunctionName"]["Ref"].removesuffix("LambdaFunction").lower(): config for config in configured
    }
    assert set(by_function) == set(JOBS)
    for job, config in by_function.items():
        interval_s = TIMETABLE[job].interval.total_seconds()
        assert config["MaximumEventAgeInSeconds"] <= interval_s
        assert packaged.function(job)["Timeout"] < interval_s


def test_the_cron_function_may_start_the_schedules_by_their_names(packaged: Package) -> None:
    begins = packaged.function("cron")["Environment"]["Variables"]["SABISCORE_CRON_FUNCTIONS"]
    role = packaged.resources("AWS::IAM::Role")["IamRoleLambdaExecution"]
    allowed = [
        resource["Fn::Sub"].rpartition(":")[2]
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if "lambda:InvokeFunction" in statement["Action"]
        for resource in statement["Resource"]
    ]
    assert sorted(allowed) == sorted(packaged.function(job)["FunctionName"] for job in JOBS)
    assert sorted(allowed) == sorted(f"{begins}{job}" for job in JOBS)


def statements(role: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [source for policy in role["Policies"] for source in policy["PolicyDocument"]["Statement"]]


def actions(role: Mapping[str, Any]) -> set[str]:
    """What ``role`` lets functions do besides writing their logs."""
    found = {
        action
        for statement in statements(role)
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    return {action for action in found if not action.startswith("logs:")}


def test_functions_follow_the_home_and_only_schedules_write_it(packaged: Package) -> None:
    roles = packaged.resources("AWS::IAM::Role")
    assert set(roles) == {"IamRoleLambdaExecution", "SchedulesRole"}
    reads, writes = roles["IamRoleLambdaExecution"], roles["SchedulesRole"]
    secrets = {"ssm:GetParameters", "kms:Decrypt"}
    assert actions(reads) == {"lambda:InvokeFunction", "s3:GetObject", "s3:ListBucket", *secrets}
    assert actions(writes) == {
        "events:PutEvents", "s3:GetObject", "s3:PutObject", "s3:ListBucket", *secrets,
    }  # fmt: skip
    assert reads.get("ManagedPolicyArns", []) == []
    assert writes["ManagedPolicyArns"] == []
    for name in HANDLERS:
        role = "SchedulesRole" if name in JOBS else "IamRoleLambdaExecution"
        assert packaged.function(name)["Role"] == {"Fn::GetAtt": [role, "Arn"]}
    for source in (*statements(reads), *statements(writes)):
        if source["Action"] == ["events:PutEvents"]:
            assert source["Resource"] == [{"Fn::GetAtt": ["EventBus", "Arn"]}]
        elif "lambda:InvokeFunction" in source["Action"]:
            continue  # the test above says of which
        elif source["Action"] in (["ssm:GetParameters"], ["kms:Decrypt"], "ssm:GetParameters", "kms:Decrypt"):
            continue  # so does that of the parameters
        elif source["Action"][0].startswith("s3:"):
            below = "" if source["Action"] == ["s3:ListBucket"] else "/home/*"
            wanted = f"arn:aws:s3:::{data_dir(packaged)['BucketName']}{below}"
            assert source["Resource"] in (wanted, [wanted])  # osls takes a list of one apart
        else:
            assert all(action.startswith("logs:") for action in source["Action"])
            for resource in source["Resource"]:
                assert "log-group:/aws/lambda/sabiscore-edge-test" in resource["Fn::Sub"]


def data_dir(packaged: Package) -> Mapping[str, Any]:
    return packaged.resources("AWS::S3::Bucket")["HomeBucket"]


def test_the_home_that_functions_share_is_private_encrypted_and_kept(packaged: Package) -> None:
    bucket = data_dir(packaged)
    assert packaged.template["Resources"]["HomeBucket"]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketEncryption"]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    for name in HANDLERS:
        variables = packaged.function(name)["Environment"]["Variables"]
        assert variables["SABISCORE_BUCKET"] == f"s3://{bucket['BucketName']}/home"
        assert read_settings(variables).bucket == f"{bucket['BucketName']}/home"
        assert (variables["SABISCORE_HOME"], variables["SABISCORE_SEED"]) == (
            "/tmp/sabiscore",
            "/opt/sabiscore",
        )
    policies = packaged.resources("AWS::S3::BucketPolicy")
    policy = policies["HomeBucketPolicy"]
    assert policy["Bucket"] == {"Ref": "HomeBucket"}
    (refused,) = policy["PolicyDocument"]["Statement"]
    assert (refused["Effect"], refused["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_what_happens_goes_to_the_bus_that_functions_consume(packaged: Package) -> None:
    (bus,) = packaged.resources("AWS::Events::EventBus").values()
    for job in JOBS:
        assert packaged.function(job)["Environment"]["Variables"]["SABISCORE_EVENT_BUS"] == bus["Name"]


def test_logs_end_and_tracing_is_off(packaged: Package) -> None:
    groups = packaged.resources("AWS::Logs::LogGroup")
    assert len(groups) == len(HANDLERS) + 1  # and the gateway's
    assert all(group["RetentionInDays"] == 14 for group in groups.values())
    for function in packaged.resources("AWS::Lambda::Function").values():
        assert "TracingConfig" not in function


def test_what_is_set_is_a_setting_and_no_secret_is_written_down(packaged: Package) -> None:
    documented = settings.__doc__ or ""
    secret = re.compile(
        r"SECRET$|TOKEN|PASSWORD|KEY|UPSTASH|EDGE_URL|FEED_URL|DATABASE_URL|SESSION|AUTHORIZATION"
    )
    for name in HANDLERS:
        variables = packaged.function(name)["Environment"]["Variables"]
        parameters = parameters_of(variables)
        for setting in (*variables, *parameters.values()):
            assert f"``{setting}``" in documented or setting in SOURCES
        assert not [variable for variable in variables if secret.search(variable)]
        written = [value for variable, value in variables.items() if variable != "SABISCORE_SECRET_NAMES"]
        assert not [value for value in written if re.search(r"://[^/]*:[^/]*@|SECRET|TOKEN|KEY", str(value))]
    assert "${ssm:" not in SERVERLESS


def test_the_bucket_of_deployments_is_private_and_encrypted(packaged: Package) -> None:
    (bucket,) = (
        resource
        for resource in packaged.resources("AWS::S3::Bucket").values()
        if resource != data_dir(packaged)
    )
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketEncryption"]


def test_the_gateway_has_a_ceiling(packaged: Package) -> None:
    (stage,) = packaged.resources("AWS::ApiGatewayV2::Stage").values()
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == 100
    assert "sourceIp" not in stage["AccessLogSettings"]["Format"]


def test_alarms_watch_what_functions_count_and_tell_the_topic(
    packaged: Package, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    functions = {each["FunctionName"] for each in packaged.resources("AWS::Lambda::Function").values()}
    name = next(each for each in functions if each.endswith("-insights"))
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", name)
    measured(lambda _event, _context: {"statusCode": 500}, "insights")({}, None)
    counted = json.loads(capsys.readouterr().out.splitlines()[-1])
    (said,) = counted["_aws"]["CloudWatchMetrics"]
    emitted = {metric["Name"] for metric in said["Metrics"]}
    assert counted["function"] == name
    alarms = packaged.resources("AWS::CloudWatch::Alarm").values()
    assert len(alarms) == 9
    for alarm in alarms:
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "AlarmTopic"}]
        computed = [each["MetricStat"] for each in alarm.get("Metrics", ()) if "MetricStat" in each]
        for metric in [each["Metric"] for each in computed]:
            assert (metric["Namespace"], metric["MetricName"] in emitted) == (said["Namespace"], True)
            given = {each["Name"]: each["Value"] for each in metric["Dimensions"]}
            assert given.keys() == set(said["Dimensions"][0])
            assert (given["service"], given["function"] in functions) == (counted["service"], True)
        for dimension in alarm.get("Dimensions", ()):
            assert (alarm["Namespace"], dimension["Name"]) == ("AWS/Lambda", "FunctionName")
            assert dimension["Value"] in functions


def test_a_schedule_is_late_after_three_of_its_intervals(packaged: Package) -> None:
    alarms = packaged.resources("AWS::CloudWatch::Alarm").values()
    late = [alarm for alarm in alarms if alarm["AlarmName"].endswith("-late")]
    watched = {alarm["AlarmName"].split("-")[-2]: alarm["Period"] for alarm in late}
    intervals = {job: round(TIMETABLE[job].interval.total_seconds()) for job in watched}
    assert watched == intervals
    assert {(alarm["EvaluationPeriods"], alarm["TreatMissingData"]) for alarm in late} == {(3, "breaching")}
    assert {(alarm["ComparisonOperator"], alarm["MetricName"]) for alarm in late} == {
        ("LessThanThreshold", "Invocations")
    }
