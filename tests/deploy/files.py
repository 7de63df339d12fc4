"""What stands under deploy, read as Compose and Kubernetes read it."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
SOURCES = "\n".join(
    path.read_text(encoding="utf-8")
    for folder in ("actions", "backchat")
    for path in sorted((ROOT / folder).rglob("*.py"))
)

NEEDED_BY_ALL = {
    "BACKCHAT_API_KEY",
    "BACKCHAT_DATABASE_URL",
    "BACKCHAT_LOG_FORMAT",
    "BACKCHAT_OPERATOR",
    "BACKCHAT_PRIVACY_URL",
    "BACKCHAT_PROXIES",
    "BACKCHAT_REDIS_URL",
    "BACKCHAT_SESSION_SECRET",
}
"""What a process can't do without that is one of several and answers strangers."""

OPTIONAL_SECRETS = {"SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "TELEGRAM_TOKEN", "TELEGRAM_WEBHOOK_SECRET"}

compose: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yml").read_text(encoding="utf-8"))
services: dict[str, Any] = compose["services"]
processes = {name: service for name, service in services.items() if re.fullmatch(r"backchat-\d+", name)}

kustomization: dict[str, Any] = yaml.safe_load((KUBERNETES / "kustomization.yml").read_text(encoding="utf-8"))
manifests: list[dict[str, Any]] = [
    manifest
    for name in kustomization["resources"]
    for manifest in yaml.safe_load_all((KUBERNETES / name).read_text(encoding="utf-8"))
]


def manifest(kind: str, name: str = "backchat") -> dict[str, Any]:
    """Finds a manifest."""
    (found,) = [m for m in manifests if m["kind"] == kind and m["metadata"]["name"] == name]
    return found


deployment, job = manifest("Deployment"), manifest("Job", "backchat-migrate")
pods: dict[str, Any] = {m["kind"]: m["spec"]["template"]["spec"] for m in (deployment, job)}
container: dict[str, Any] = pods["Deployment"]["containers"][0]
container_environment: dict[str, Any] = {variable["name"]: variable for variable in container["env"]}
settings: dict[str, str] = manifest("ConfigMap")["data"]


def tool(name: str) -> str:
    """Gives the path of a tool that the lock brings."""
    return str(Path(sys.executable).with_name(name))
