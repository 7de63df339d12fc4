"""The Kubernetes files: valid, closed, and made for several processes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, RefResolver

from backchat.channels.settings import ORIGINS_VARIABLE
from tests.deploy.files import (
    KUBERNETES,
    OPTIONAL_SECRETS,
    container,
    container_environment,
    deployment,
    job,
    kustomization,
    manifest,
    manifests,
    pods,
    settings,
)

SECRETS = {"BACKCHAT_API_KEY", "BACKCHAT_DATABASE_URL", "BACKCHAT_REDIS_URL", "BACKCHAT_SESSION_SECRET"}
each_pod = pytest.mark.parametrize("pod", pods.values(), ids=list(pods))


def schemas() -> Path:
    """Finds the schemas in a package that can't be imported beside the jsonschema that Rasa takes."""
    spec = find_spec("kubernetes_validate")
    assert spec and spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0], "kubernetes-json-schema", "v1.33.0-local-strict")


def mistakes(content: dict[str, Any]) -> Iterator[str]:
    """Holds a manifest against the schema of its kind, which allows no unknown field."""
    group, _, version = content["apiVersion"].rpartition("/")
    name = "-".join(filter(None, [content["kind"].lower(), group.split(".")[0], version]))
    schema = json.loads((schemas() / f"{name}.json").read_text())
    definitions = json.loads((schemas() / "_definitions.json").read_text())
    resolver = RefResolver("", schema, store={"/api/_definitions.json": definitions})
    for error in Draft202012Validator(schema, resolver=resolver).iter_errors(content):
        yield f"{error.json_path}: {error.message}"


@pytest.mark.parametrize("content", manifests, ids=lambda m: f"{m['kind']} {m['metadata']['name']}")
def test_every_manifest_is_valid(content: dict[str, Any]) -> None:
    assert not list(mistakes(content))


def test_a_field_that_there_is_not_is_found() -> None:
    assert list(mistakes({**deployment, "spec": {**deployment["spec"], "replica": 2}}))


def test_the_kustomization_names_every_file() -> None:
    named = {*kustomization["resources"], "kustomization.yml"}
    assert named == {path.name for path in KUBERNETES.iterdir()}


# --- closed -----------------------------------------------------------------------------------------------


@each_pod
def test_nothing_runs_as_root_or_may_do_more_than_it_needs(pod: dict[str, Any]) -> None:
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    for each in pod["containers"]:
        assert each["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        }


@each_pod
def test_only_what_is_written_to_can_be_written_to(pod: dict[str, Any]) -> None:
    for each in pod["containers"]:
        assert {mount["mountPath"] for mount in each["volumeMounts"]} == {"/tmp", "/backchat/var"}
    assert all("sizeLimit" in volume["emptyDir"] for volume in pod["volumes"])


@each_pod
def test_every_container_says_what_it_needs_and_at_most_gets(pod: dict[str, Any]) -> None:
    for each in pod["containers"]:
        for bound in ("requests", "limits"):
            assert {"cpu", "memory"} <= set(each["resources"][bound])


def test_the_namespace_refuses_what_is_not_restricted() -> None:
    labels = manifest("Namespace")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert kustomization["namespace"] == manifest("Namespace")["metadata"]["name"]


def test_secrets_come_from_a_secret_that_is_in_no_file() -> None:
    assert not [content for content in manifests if content["kind"] == "Secret"]
    for name in SECRETS | OPTIONAL_SECRETS:
        reference = container_environment[name]["valueFrom"]["secretKeyRef"]
        assert reference["key"] == name
        assert reference.get("optional", False) == (name in OPTIONAL_SECRETS)
    assert not (SECRETS | OPTIONAL_SECRETS) & set(settings)


def test_nothing_reaches_anybody_unless_a_policy_says_so() -> None:
    assert manifest("NetworkPolicy", "nobody")["spec"] == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
    }
    for content in manifests:
        if content["kind"] == "NetworkPolicy":
            rules = [*content["spec"].get("ingress", []), *content["spec"].get("egress", [])]
            assert all(rule["ports"] for rule in rules)


def test_the_internet_is_not_the_way_into_networks_of_ones_own() -> None:
    egress = manifest("NetworkPolicy", "redis-and-messengers")["spec"]["egress"]
    (internet,) = [rule for rule in egress if rule["ports"] == [{"port": 443}]]
    assert "169.254.0.0/16" in internet["to"][0]["ipBlock"]["except"]  # where clouds tell their secrets


# --- several processes, and others after them -------------------------------------------------------------


def test_a_new_process_serves_when_everything_answers_and_goes_on_when_the_database_does_not() -> None:
    assert container["startupProbe"]["httpGet"]["path"] == "/readyz"
    assert container["readinessProbe"]["httpGet"]["path"] == "/healthz"
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert {
        container[probe]["httpGet"]["port"] for probe in ("startupProbe", "readinessProbe", "livenessProbe")
    } == {"http"}


def test_turns_under_way_have_the_time_to_end() -> None:
    leaving = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert leaving + 25 < pods["Deployment"]["terminationGracePeriodSeconds"] == 40


def test_at_no_time_is_there_no_process() -> None:
    assert deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert "replicas" not in deployment["spec"]  # the autoscaler's number would be undone with each change
    autoscaler = manifest("HorizontalPodAutoscaler")["spec"]
    assert autoscaler["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
    assert 2 <= autoscaler["minReplicas"] < autoscaler["maxReplicas"]
    assert manifest("PodDisruptionBudget")["spec"]["maxUnavailable"] == 1


def test_all_that_selects_processes_finds_them_and_not_the_job() -> None:
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert labels != job["spec"]["template"]["metadata"]["labels"]
    selectors = [
        deployment["spec"]["selector"]["matchLabels"],
        manifest("Service")["spec"]["selector"],
        manifest("PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        manifest("NetworkPolicy", "who-asks")["spec"]["podSelector"]["matchLabels"],
    ]
    assert selectors == [labels] * len(selectors)


def test_the_job_migrates_the_same_database_and_can_be_picked_alone() -> None:
    (each,) = job["spec"]["template"]["spec"]["containers"]
    assert each["args"] == ["migrate"]
    assert each["image"] == container["image"]
    assert container_environment["BACKCHAT_DATABASE_URL"] in each["env"]
    picked = [
        m
        for m in manifests
        if m["metadata"].get("labels", {}).get("app.kubernetes.io/component") == "migrate"
    ]
    assert picked == [job]


def test_what_only_the_operator_can_say_is_asked_for() -> None:
    for name in ("BACKCHAT_OPERATOR", "BACKCHAT_PRIVACY_URL"):
        reference = container_environment[name]["valueFrom"]["configMapKeyRef"]
        assert reference == {"name": manifest("ConfigMap")["metadata"]["name"], "key": name}
        assert name not in settings


def test_other_settings_reach_the_processes() -> None:
    assert container["envFrom"] == [{"configMapRef": {"name": manifest("ConfigMap")["metadata"]["name"]}}]
    assert ORIGINS_VARIABLE not in container_environment
