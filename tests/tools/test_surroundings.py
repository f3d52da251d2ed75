"""What people say of their machines, their people and their rules."""

from __future__ import annotations

import pytest

from threadlore.tools.surroundings import read_surroundings


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("we're on k8s already with a platform team", {"kubernetes": True, "operations": "team"}),
        ("we run an EKS cluster", {"kubernetes": True}),
        ("no kubernetes, one ops guy part time", {"kubernetes": False, "operations": "some"}),
        ("we have no devops people", {"operations": "none"}),
        ("nobody here to maintain it", {"operations": "none"}),
        ("the data mustn't leave our network", {"cloud_allowed": False}),
        ("we're a bank, data can't leave it, have openshift", {"cloud_allowed": False, "kubernetes": True}),
        ("do you have kubernetes manifests?", {}),
        ("it must stay on-prem", {"cloud_allowed": False}),
        ("needs high availabilty", {"features": ["high_availability"]}),
        ("HA and RBAC are musts", {"features": ["high_availability", "rbac"]}),
        ("we don't need HA", {}),
        ("no RBAC, but hybrid search", {"features": ["hybrid"]}),
        ("do not need any high availability", {}),
        ("not on windows but linux", {"platform": "linux"}),
        ("not only hybrid search", {"features": ["hybrid"]}),
        ("on a raspberry pi", {"cpu": "arm"}),
        ("macbook m2, no docker", {"platform": "macos", "cpu": "arm", "docker": False}),
        ("docker is not allowed on our ubuntu servers", {"platform": "linux", "docker": False}),
        ("it runs in docker", {}),
        ("sliding windows of 20 minutes", {}),
        ("live traffic, m3 tests, old data", {}),
        ("not for production", {}),
        ("just a hobby thing", {"purpose": "prototype"}),
        ("going to prod next week", {"purpose": "production"}),
        ("haha, do I need kubernetes for that?", {}),
        ("how do I run it on kubernetes", {}),
        ("the team loves it", {}),
        ("which deployment for a search platform", {}),
        ("we run it beside our postgres, no platform preference", {}),
        ("without an infrastructure team, a single sre", {"operations": "none"}),
        ("can I leave the partition empty?", {}),
    ],
)
def test_only_what_is_said_is_read(text: str, said: dict[str, object]) -> None:
    assert dict(read_surroundings(text)) == said
