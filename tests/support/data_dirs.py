"""The made-up data folder, under the name that tests know it by."""

from __future__ import annotations

from infra.rigs.made_up import AS_OF, MATCH_ID, TEAMS, made_up_data_dir, publish_priced

__all__ = ["AS_OF", "MATCH_ID", "TEAMS", "made_up_data_dir", "publish_priced"]
