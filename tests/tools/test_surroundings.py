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
        ("it must stay on-prem", {"cloud_allowed": False}),
        ("needs high availabilty", {"features": ["high_availability"]}),
        ("HA and RBAC are musts", {"features": ["rbac", "high_availability"]}),
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
