"""Where a deployment is put together: the clouds that its steps work in."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.deploy.aws import Aws
from infra.deploy.cloudflare import Cloudflare, checked_account
from infra.deploy.clouds import Clouds
from infra.deploy.deployment import Deployment
from infra.deploy.parameters import ParameterStore, Records
from infra.deploy.tools import Tools

ACCOUNT = "account"
"""What the record of that name holds: the id of the Cloudflare account."""


def stores(deployment: Deployment, aws: Aws | None = None) -> tuple[ParameterStore, Records]:
    """What functions read, and what is kept of deployments. Raises Unavailable without boto3."""
    aws = aws or Aws(deployment)
    return ParameterStore(aws, deployment.parameters), Records(ParameterStore(aws, deployment.records))


def keep_account(records: Records, account: str) -> bool:
    """Keeps the Cloudflare account that Workers are deployed to; False where it is kept already.

    Raises BadSetting for what is no id of an account.
    """
    if records.of(ACCOUNT).get("id") == checked_account(account):
        return False
    records.keep(ACCOUNT, id=account)
    return True


def account_of(records: Records, environ: Mapping[str, str] | None = None) -> str:
    """The Cloudflare account: that of the environment, or the kept one; "" where there is neither."""
    environ = os.environ if environ is None else environ
    return environ.get("CLOUDFLARE_ACCOUNT_ID", "").strip() or records.of(ACCOUNT).get("id", "")


def clouds_of(
    deployment: Deployment, data_dir: Path, options: Sequence[str] = (), tools: Tools | None = None
) -> Clouds:
    """What every step of ``deployment`` works with. Raises BadSetting where an account is not known."""
    parameters, records = stores(deployment, aws := Aws(deployment))
    return Clouds(
        deployment=deployment,
        aws=aws,
        cloudflare=Cloudflare.read(account_of(records)),
        parameters=parameters,
        records=records,
        tools=tools or Tools(),
        data_dir=data_dir,
        options=tuple(options),
    )
