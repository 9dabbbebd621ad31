"""The manifests name this service, its ports, its user and settings that exist."""

import secrets
from typing import Any

import pytest

import app
from app.config.settings import Settings
from app.utils.queue_names import queue_name_for_service
from tests.support.kubernetes_manifests import (
    OVERLAYS,
    find_object,
    read_kustomization,
    read_objects,
    read_settings,
)

SLUG = app.__slug__
PROCESSES = {"api": None, "relay": "relay", "consumer": "consume", "migrate": "migrate"}
SERVING = ("api", "relay", "consumer")
# PostgreSQL's default, without the connections that are kept for superusers.
MAX_CONNECTIONS = 97
PRE_STOP_SECONDS = 5

every_process = pytest.mark.parametrize("component", PROCESSES)
every_server = pytest.mark.parametrize("component", SERVING)


def _workload(component: str) -> dict[str, Any]:
    kind = "Job" if component == "migrate" else "Deployment"
    return find_object(kind, f"{SLUG}-{component}")


def _pod(component: str) -> dict[str, Any]:
    spec: dict[str, Any] = _workload(component)["spec"]["template"]["spec"]
    return spec


def _container(component: str) -> dict[str, Any]:
    (container,) = _pod(component)["containers"]
    assert isinstance(container, dict)
    return container


def test_every_object_has_the_name_of_the_service() -> None:
    names = [
        each["metadata"]["name"]
        for folder in ("base", "components/keda")
        for each in read_objects(folder)
        if each["kind"] not in {"Kustomization", "Component"}
    ]

    assert all(name == SLUG or name.startswith(f"{SLUG}-") for name in names), names


@every_process
def test_each_process_runs_its_command_in_the_image(component: str) -> None:
    process = PROCESSES[component]
    command = None if process is None else ["python", "-m", "app", process]

    assert _container(component)["image"] == SLUG
    assert _container(component).get("command") == command


@every_process
def test_each_process_passes_the_restricted_pod_security_standard(component: str) -> None:
    pod, container = _pod(component)["securityContext"], _container(component)["securityContext"]

    assert pod["runAsNonRoot"]
    assert pod["runAsUser"] == pod["runAsGroup"] == 10001
    assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["capabilities"] == {"drop": ["ALL"]}
    assert container["readOnlyRootFilesystem"]
    assert not container["allowPrivilegeEscalation"]
    assert not _pod(component)["automountServiceAccountToken"]
    # Kubernetes would set variables such as REDIS_PORT.
    assert not _pod(component)["enableServiceLinks"]


@every_process
def test_each_process_has_a_memory_limit_and_no_cpu_limit(component: str) -> None:
    resources = _container(component)["resources"]

    assert {*resources["requests"]} == {"cpu", "memory"}
    assert {*resources["limits"]} == {"memory"}


@every_process
def test_secrets_are_references(component: str) -> None:
    sources = _container(component)["envFrom"]
    names = [next(iter(source.values()))["name"] for source in sources]
    owner = [f"{SLUG}-owner"] if component == "migrate" else []

    assert names == [f"{SLUG}-settings", f"{SLUG}-secrets", *owner]
    assert not any(each["kind"] == "Secret" for each in read_objects())


@every_server
def test_probes_ask_a_port_that_the_process_has(component: str) -> None:
    container = _container(component)
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    probes = {name: container[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness")}

    assert ports.get("http", app.__port__) == app.__port__
    assert {probe["path"] for probe in probes.values()} == {"/health/live"}
    assert container["readinessProbe"]["httpGet"]["path"] == "/health/ready"
    assert {probe["port"] for probe in probes.values()} <= {*ports}


@every_server
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_stop_has_the_time_that_the_process_takes(component: str, overlay: str) -> None:
    default = Settings.model_fields["shutdown_grace_seconds"].default
    grace = int(read_settings(overlay).get("SHUTDOWN_GRACE_SECONDS", default))
    lifecycle = _container(component).get("lifecycle")
    waiting = lifecycle["preStop"]["sleep"]["seconds"] if lifecycle else 0

    assert waiting == (PRE_STOP_SECONDS if component == "api" else 0)
    assert _pod(component)["terminationGracePeriodSeconds"] == waiting + grace + 10


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_settings_are_valid(overlay: str, monkeypatch: pytest.MonkeyPatch) -> None:
    password = secrets.token_urlsafe()
    secret_settings = {
        "DATABASE_URL": f"postgresql://service:{password}@postgres.internal/service",
        "REDIS_URL": f"rediss://:{password}@redis.internal/0",
        "RABBITMQ_URL": f"amqps://service:{password}@rabbitmq.internal/",
        "JWT_SECRET_KEY": secrets.token_urlsafe(32),
    }
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in {**read_settings(overlay), **secret_settings}.items():
        assert name.lower() in Settings.model_fields
        monkeypatch.setenv(name, value)

    assert Settings(_env_file=None).app_env == overlay


def test_production_runs_the_version_of_the_service() -> None:
    (image,) = read_kustomization("overlays/production")["images"]

    assert image["name"] == SLUG
    assert image["newName"].endswith(f"/{SLUG}")
    assert image["newTag"] == app.__version__


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_namespace_enforces_the_restricted_standard(overlay: str) -> None:
    folder = f"overlays/{overlay}"
    namespace = read_kustomization(folder)["namespace"]
    labels = find_object("Namespace", namespace, folder)["metadata"]["labels"]

    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_connections_of_all_pods_fit_into_the_default_of_postgresql() -> None:
    connections = int(read_settings("production")["DATABASE_POOL_SIZE"]) + 1
    api = find_object("HorizontalPodAutoscaler", f"{SLUG}-api")["spec"]["maxReplicas"]
    surge = _workload("api")["spec"]["strategy"]["rollingUpdate"]["maxSurge"]
    keda = find_object("ScaledObject", f"{SLUG}-consumer", "components/keda")
    pods = api + surge + keda["spec"]["maxReplicaCount"] + _workload("relay")["spec"]["replicas"]

    assert pods * connections + 2 <= MAX_CONNECTIONS


def test_keda_counts_the_queue_of_the_service() -> None:
    keda = find_object("ScaledObject", f"{SLUG}-consumer", "components/keda")
    (trigger,) = keda["spec"]["triggers"]

    assert trigger["metadata"]["queueName"] == queue_name_for_service(SLUG)


def test_policies_refuse_both_ways_what_none_allows() -> None:
    policies = [each for each in read_objects() if each["kind"] == "NetworkPolicy"]
    of_all = find_object("NetworkPolicy", SLUG)["spec"]

    assert of_all["policyTypes"] == ["Ingress", "Egress"]
    assert of_all["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": SLUG}
    ingress = [rule for policy in policies for rule in policy["spec"].get("ingress", [])]
    assert all(rule["from"] and rule["ports"] for rule in ingress)
    egress = [rule for policy in policies for rule in policy["spec"].get("egress", [])]
    assert all(rule["ports"] for rule in egress)
