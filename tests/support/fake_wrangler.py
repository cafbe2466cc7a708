"""Run in the place of wrangler: sends what wrangler would to Cloudflare's API, and keeps how it was called.

``python fake_wrangler.py FOLDER deploy …``: each call is a line of FOLDER/wrangler.jsonl.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import httpx


def main(folder: Path, words: list[str]) -> int:
    with (folder / "wrangler.jsonl").open("a") as file:
        file.write(json.dumps({"words": words, "environ": dict(os.environ)}) + "\n")
    base = f"{os.environ['CLOUDFLARE_API_BASE_URL']}/accounts/{os.environ['CLOUDFLARE_ACCOUNT_ID']}"
    headers = {"authorization": f"Bearer {os.environ['CLOUDFLARE_API_TOKEN']}"}
    if words[0] == "delete":
        httpx.delete(f"{base}/workers/scripts/{words[1]}", headers=headers).raise_for_status()
        return 0
    name = words[words.index("--name") + 1]
    if words[0] == "rollback":
        body = {"versions": [{"version_id": words[1], "percentage": 100}]}
        httpx.post(
            f"{base}/workers/scripts/{name}/deployments", headers=headers, json=body
        ).raise_for_status()
        return 0
    variable, _, value = words[words.index("--var") + 1].partition(":")
    secrets = json.loads(Path(words[words.index("--secrets-file") + 1]).read_text())
    bindings = [{"name": variable, "type": "plain_text", "text": value}]
    bindings += [{"name": each, "type": "secret_text", "text": text} for each, text in secrets.items()]
    metadata = json.dumps({"bindings": bindings, "keep_bindings": ["secret_text"], "main_module": "index.js"})
    files = {"metadata": (None, metadata), "index.js": ("index.js", "export default {}")}
    answer = httpx.put(f"{base}/workers/scripts/{name}", headers=headers, files=files)
    answer.raise_for_status()
    print(f"Deployed {name} with {', '.join(secrets.values())}")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
