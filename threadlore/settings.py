"""Settings: `threadlore.toml` and `THREADLORE_*`, typed, read only when asked for."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from threadlore.errors import ConfigError

CONFIG_FILE = "threadlore.toml"


class Settings(BaseSettings):
    """Every setting, with its default. Secrets come from the environment alone."""

    model_config = SettingsConfigDict(
        env_prefix="THREADLORE_", toml_file=CONFIG_FILE, extra="forbid", frozen=True
    )

    data: Path = Field(Path("threadlore-data"), description="Folder that holds everything Threadlore keeps.")
    profile: str = Field("generic", description="Profile: milvus, generic, or the path of a folder.")
    timezone: str = Field("UTC", description="Time zone of --since, --until and the report's days.")
    embedder: str = Field("local", description="Embedding backend, a file name in threadlore/embedders.")
    embedding_model: str = Field("", description="Path or name of a sentence-transformers model.")
    milvus_uri: str = Field("", description="Milvus server; empty: Milvus Lite inside the data folder.")
    milvus_token: str = Field("", description="user:password or API key.", repr=False)
    seed: int = Field(7, description="Seed of everything that samples.")
    min_authors: int = Field(2, ge=1, description="Distinct askers before an entry is drafted.")
    report_days: int = Field(7, ge=1, description="Length of the report's period when --since is not given.")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{value!r} is no time zone name such as Europe/Berlin") from error
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order: what the command line says, then the environment, then the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    def analysis_hash(self) -> str:
        """Return a digest of the settings that change what an analysis finds."""
        parts = {
            name: getattr(self, name)
            for name in ("profile", "embedder", "embedding_model", "seed", "min_authors")
        }
        return hashlib.sha256(repr(sorted(parts.items())).encode()).hexdigest()[:16]


def load_settings(**overrides: Any) -> Settings:
    """Read the settings; `overrides` are what the command line gave (None is left out).

    Raises:
        ConfigError: a value has the wrong form, or a name is unknown.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{CONFIG_FILE} cannot be read: {error}.", "Mend the line that is named."
        ) from error
    except ValidationError as error:
        lines = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise ConfigError(
            f"The settings cannot be used: {lines}", f"Mend {CONFIG_FILE} or the THREADLORE_* variable."
        ) from error
