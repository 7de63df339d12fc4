"""Compose, Kubernetes, the image, the guide and the product speak of the same things."""

from __future__ import annotations

import re
from importlib import metadata

import pytest
import yaml

from tests.deploy.files import (
    DEPLOY,
    NEEDED_BY_ALL,
    OPTIONAL_SECRETS,
    ROOT,
    SOURCES,
    compose,
    container,
    container_environment,
    job,
    kustomization,
    pods,
    processes,
    services,
    settings,
)

GUIDE = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
VERSION = metadata.version("backchat")

in_compose = {name for process in processes.values() for name in process["environment"]}
in_kubernetes = {*settings, *container_environment}
in_image = {
    name
    for line in re.findall(r"^ENV (.+)$", DOCKERFILE, re.MULTILINE)
    for name in re.findall(r"(\w+)=", line)
}
in_guide = set(re.findall(r"\b(?:BACKCHAT|SLACK|TELEGRAM)_[A-Z_]+\b", GUIDE))
NETWORKS = {f"{compose['name']}_{network}" for network in compose["networks"]}
OF_THE_FILES_ALONE = {"BACKCHAT_IMAGE", "BACKCHAT_PORT"}


@pytest.mark.parametrize(
    "variable", sorted((in_compose | in_kubernetes | in_image | in_guide) - OF_THE_FILES_ALONE - {"HOME"})
)
def test_every_variable_is_one_that_the_product_reads(variable: str) -> None:
    assert f'"{variable}"' in SOURCES


@pytest.mark.parametrize("given", [in_compose, in_kubernetes], ids=["Compose", "Kubernetes"])
def test_all_that_several_processes_need_is_set(given: set[str]) -> None:
    assert given >= NEEDED_BY_ALL | OPTIONAL_SECRETS


def test_the_migration_is_a_command_of_the_product() -> None:
    assert (
        job["spec"]["template"]["spec"]["containers"][0]["args"]
        == services["migrate"]["command"]
        == ["migrate"]
    )
    assert "def migrate(" in SOURCES


def test_settings_that_are_not_the_operators_are_the_same() -> None:
    process = next(iter(processes.values()))
    assert settings["BACKCHAT_LOG_FORMAT"] == process["environment"]["BACKCHAT_LOG_FORMAT"] == "json"
    security = pods["Deployment"]["securityContext"]
    user = f"{security['runAsUser']}:{security['runAsGroup']}"
    assert process["user"] == user
    assert f"USER {user}" in DOCKERFILE
    assert process["stop_grace_period"] == f"{pods['Deployment']['terminationGracePeriodSeconds']}s"
    memory = process["deploy"]["resources"]["limits"]["memory"]
    assert container["resources"]["limits"]["memory"] == f"{memory}i"


def test_every_proxy_is_counted() -> None:
    # nginx stands in Compose alone; the one that terminates TLS is the operator's in both.
    assert "nginx" in services
    assert re.search(r":-(\d)", next(iter(processes.values()))["environment"]["BACKCHAT_PROXIES"])[1] == "2"
    assert settings["BACKCHAT_PROXIES"] == "1"


def test_every_image_is_one_version_and_the_product_the_present_one() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    others = [service["image"] for name, service in services.items() if name not in {*processes, "migrate"}]
    assert all(re.fullmatch(r"[\w./-]+:\d+\.\d+(\.\d+)?-[\w.-]+", image) for image in [*bases, *others])
    assert len(set(bases)) == 1
    (image,) = kustomization["images"]
    assert (image["name"], image["newTag"]) == ("backchat", VERSION)
    assert {each["image"] for pod in pods.values() for each in pod["containers"]} == {"backchat"}
    assert {service["image"] for service in processes.values()} == {
        f"${{BACKCHAT_IMAGE:-backchat:{VERSION}}}"
    }


@pytest.mark.parametrize("place", sorted(set(re.findall(r"(?<![\w./])deploy/[\w./-]*\w", GUIDE))))
def test_every_file_in_the_guide_is_there(place: str) -> None:
    assert (ROOT / place).exists()


@pytest.mark.parametrize("name", sorted(set(re.findall(r"\bbackchat_[a-z_]+", GUIDE)) - NETWORKS))
def test_every_metric_in_the_guide_is_counted(name: str) -> None:
    counted = re.sub(r"_(total|bucket|count|sum)$", "", name)
    assert f'"{counted}"' in SOURCES


def test_every_command_in_the_guide_is_one_of_the_product() -> None:
    commands = set(re.findall(r"(?:--no-deps backchat-1|\.venv/bin/backchat) ([a-z]+)", GUIDE))
    assert commands == {"erase", "purge"}
    for command in commands:
        assert f"def {command}(" in SOURCES


def test_what_the_guide_gives_to_copy_can_be_read() -> None:
    for block in re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL):
        assert yaml.safe_load(block)
