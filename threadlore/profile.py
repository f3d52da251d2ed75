"""A profile: what Threadlore knows about one community's product. Data, not code."""

from __future__ import annotations

import tomllib
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from pydantic import Field, ValidationError

from threadlore.errors import BadInput, NotFound
from threadlore.types import AgedFact, Record


class Area(Record):
    """A top-level area. `examples` are questions in people's words; `keywords` regular expressions."""

    name: str
    title: str
    description: str
    examples: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


class ToolHint(Record):
    """When a tool fits: patterns that call for it.

    One of `keywords` is enough. Else one of `about` (what the tool is about; any, where there are none) and
    one of `asks` (that somebody wants to know or to choose) must stand in one sentence; where `carries`
    names arguments of the tool, anywhere in a text from which all of them can be read. `excludes` are what
    the tool is not for, whatever else is said. A tool may have several hints.
    """

    tool: str
    keywords: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    carries: tuple[str, ...] = ()


class Handover(Record):
    """Where a person helps."""

    name: str
    url: str


class Profile(Record):
    """Everything product specific.

    `entities` map a kind (deployment, index, metric, source_system, os) to canonical names with the
    regular expressions that find them. `docs` maps a version to the base URL of its documentation.
    """

    name: str
    product: str
    community: str
    language: str = "en"
    current_version: str = ""
    areas: tuple[Area, ...]
    tools: tuple[ToolHint, ...] = ()
    handover: tuple[Handover, ...] = ()
    entities: dict[str, dict[str, str]] = Field(default_factory=dict)
    docs: dict[str, str] = Field(default_factory=dict)
    off_topic_channels: tuple[str, ...] = ()
    facts: tuple[AgedFact, ...] = ()


def profile_folder(name: str) -> Traversable | Path:
    """Return the folder of a profile: one that ships with the package, or a path.

    Raises:
        NotFound: there is no such profile.
    """
    shipped = resources.files("threadlore") / "profiles" / name
    if "/" not in name and shipped.joinpath("profile.toml").is_file():
        return shipped
    folder = Path(name)
    if folder.joinpath("profile.toml").is_file():
        return folder
    raise NotFound(
        f"No profile named {name!r}.", "Use milvus, generic, or the path of a folder with profile.toml."
    )


def load_profile(name: str) -> Profile:
    """Read `profile.toml` and, where there is one, `facts.toml` of a profile.

    Raises:
        NotFound: there is no such profile.
        BadInput: a file of the profile is not as it should be.
    """
    folder = profile_folder(name)
    try:
        data = tomllib.loads(folder.joinpath("profile.toml").read_text(encoding="utf-8"))
        facts = folder.joinpath("facts.toml")
        if facts.is_file():
            data["facts"] = tomllib.loads(facts.read_text(encoding="utf-8")).get("facts", [])
        return Profile.model_validate(data)
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise BadInput(
            f"The profile {name!r} cannot be read: {error}", "Mend the file that is named above."
        ) from error
