"""Read the Kubernetes manifests without kustomize."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "kubernetes"
OVERLAYS = ("development", "production")


def read_objects(folder: str = "base") -> Iterator[dict[str, Any]]:
    for path in sorted((FOLDER / folder).glob("*.yaml")):
        yield from yaml.safe_load_all(path.read_text())


def find_object(kind: str, name: str, folder: str = "base") -> dict[str, Any]:
    (found,) = (
        each
        for each in read_objects(folder)
        if each["kind"] == kind and each["metadata"]["name"] == name
    )
    return found


def read_kustomization(folder: str) -> dict[str, Any]:
    text = (FOLDER / folder / "kustomization.yaml").read_text()
    kustomization: dict[str, Any] = yaml.safe_load(text)
    return kustomization


def read_settings(overlay: str) -> dict[str, str]:
    """Return the variables of the generated ConfigMap."""
    folders = ("base", f"overlays/{overlay}")
    literals = [
        literal
        for folder in folders
        for generator in read_kustomization(folder)["configMapGenerator"]
        for literal in generator["literals"]
    ]
    return dict(literal.split("=", 1) for literal in literals)
