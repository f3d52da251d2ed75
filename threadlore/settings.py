"""Settings: `threadlore.toml` and `THREADLORE_*`, typed, read only when asked for."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from threadlore.chat import AT_A_TIME
from threadlore.errors import ConfigError

CONFIG_FILE = "threadlore.toml"

OPENAI_URL = "https://api.openai.com/v1"

Id = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]
"""An id or name; ids of Discord may be written as numbers."""


class Settings(BaseSettings):
    """Every setting, with its default. Secrets come from the environment alone."""

    model_config = SettingsConfigDict(
        env_prefix="THREADLORE_", toml_file=CONFIG_FILE, extra="forbid", frozen=True
    )

    data: Path = Field(Path("threadlore-data"), description="Folder that holds everything Threadlore keeps.")
    profile: str = Field("generic", description="Profile: milvus, generic, or the path of a folder.")
    timezone: str = Field("UTC", description="Time zone of --since, --until and the report's days.")
    embedder: str = Field("local", description="Embedding backend, a file name in threadlore/embedders.")
    embedding_model: str = Field(
        "", description="Folder of a sentence-transformers model, or its name at embedding_url."
    )
    embedding_url: str = Field("", description="OpenAI-compatible address for embedder = openai.")
    model: str = Field("", description="Name of a chat model; empty: extractive, without a model.")
    model_backend: str = Field("openai", description="Chat backend, a name in threadlore/models.")
    model_url: str = Field(OPENAI_URL, description="OpenAI-compatible address of the chat model.")
    model_key: str = Field("", description="API key of the endpoints.", repr=False)
    hosted: bool = Field(
        False,
        description="Whether messages may leave this machine for an endpoint elsewhere.",
    )
    model_window: int = Field(
        16_384,
        ge=2048,
        description="Tokens that a request and its reply may have together: at most the server's window "
        "(Ollama's is 4096 unless told otherwise, and it cuts off the rest in silence).",
    )
    model_reads: int = Field(
        AT_A_TIME,
        ge=1,
        le=AT_A_TIME,
        description="Conversations, topics, drafts or claims in one request, at most: a small model does "
        "better with few, or one.",
    )
    model_at_once: int = Field(
        0,
        ge=0,
        description="Requests at once, fewer while the endpoint says 429; 0: 8, and 2 on this machine.",
    )
    model_timeout: float = Field(
        0.0, ge=0, description="Seconds to wait for a reply; 0: 120, and 600 on this machine."
    )
    model_retries: int = Field(
        3,
        ge=0,
        description="Times that a failed request is sent again; all that may be billed count.",
    )
    prices: dict[str, tuple[float, float]] = Field(
        {}, description="Price of a million tokens in and out by model, embedders too, in any one currency."
    )
    confirm_over: float = Field(1.0, ge=0, description="Estimated cost of a run from which it asks first.")
    budget: float = Field(0.0, ge=0, description="Most that a run may cost; 0: no bound.")
    milvus_uri: str = Field("", description="Milvus server; empty: Milvus Lite inside the data folder.")
    milvus_token: str = Field("", description="user:password or API key.", repr=False)
    seed: int = Field(7, description="Seed of everything that samples.")
    min_authors: int = Field(2, ge=1, description="Distinct askers before an entry is drafted.")
    report_days: int = Field(7, ge=1, description="Length of the report's period when --since is not given.")
    discord_token: str = Field(
        "", description="Token of the Discord bot; a user's token is refused.", repr=False
    )
    discord_api: str = Field("https://discord.com/api/v10", description="Base address of Discord's REST API.")
    discord_gateway: str = Field("", description="Address of Discord's gateway; empty: the one it names.")
    discord_guild: Id = Field(
        "", description="Id of the Discord server that is read and served; empty: every one the bot is in."
    )
    discord_private: tuple[Id, ...] = Field(
        (),
        description="Channels and private threads (ids, or names) that are read though not everyone sees "
        "them; what comes from them is never published.",
    )
    discord_everyone: Id = Field(
        "",
        description="Role (id, or name) that every member is given, where @everyone sees nothing: what it "
        "sees counts as seen by everyone.",
    )
    discord_skip: tuple[Id, ...] = Field((), description="Channels and threads (ids, or names) never read.")
    discord_solved_tags: tuple[str, ...] = Field(
        ("solved", "resolved", "answered", "fixed"), description="Tags of a forum that say it is solved."
    )
    retention_days: int = Field(
        0,
        ge=0,
        description="Days that messages are kept, but for what approved entries stand on; 0: for ever.",
    )
    bot_forums: tuple[Id, ...] = Field(
        (), description="Ids of forum channels where the bot answers new posts; none until switched on."
    )
    bot_threshold: float = Field(
        0.8, ge=0.0, le=1.0, description="Confidence over which a new post is answered; below it: silence."
    )
    bot_maintainers_channel: Id = Field(
        "", description="Id of the channel for drafts and calls for a person; not one that everyone sees."
    )
    bot_review_roles: tuple[Id, ...] = Field(
        (), description="Roles (ids, or names) that may approve, edit and reject drafts from Discord."
    )
    bot_report_roles: tuple[Id, ...] = Field((), description="Roles (ids, or names) that may use /report.")
    bot_weekly_drafts: int = Field(10, ge=0, description="Most drafts that are put up for review in a week.")
    bot_withdraw_votes: int = Field(
        3, ge=1, description="People who must find an entry not helpful before it goes back to review."
    )
    bot_user_limit: int = Field(10, ge=1, description="Questions that one person may ask in ten minutes.")
    bot_channel_limit: int = Field(60, ge=1, description="Questions answered in one channel in ten minutes.")
    schedule: str = Field(
        "0 3 * * *", description="When `threadlore run` analyses: a cron line in the time zone above."
    )

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
        file = TomlConfigSettingsSource(settings_cls)
        if written := sorted(cls.secrets() & file.toml_data.keys()):
            raise ConfigError(
                f"{CONFIG_FILE} holds a secret: {', '.join(written)}.",
                f"Take it out of the file, and set THREADLORE_{written[0].upper()} instead.",
            )
        return init_settings, env_settings, file

    @classmethod
    def secrets(cls) -> frozenset[str]:
        """Return the names of settings that are never shown and come from the environment alone."""
        return frozenset(name for name, field in cls.model_fields.items() if not field.repr)

    def analysis_hash(self) -> str:
        """Return a digest of the settings that change what an analysis finds."""
        parts = {
            name: getattr(self, name)
            for name in ("profile", "embedder", "embedding_model", "seed", "min_authors", "model")
        }
        return hashlib.sha256(repr(sorted(parts.items())).encode()).hexdigest()[:16]


def _refuse_secrets_in_file() -> None:
    """Keep secrets out of a file that is copied, shown and committed."""
    file = Path(CONFIG_FILE)
    held = tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    for name in sorted(Settings.secrets() & held.keys()):
        raise ConfigError(
            f"{CONFIG_FILE} holds {name}, which is a secret.",
            f"Take it out, and set THREADLORE_{name.upper()} in the environment.",
        )


def load_settings(**overrides: Any) -> Settings:
    """Read the settings; `overrides` are what the command line gave (None is left out).

    Raises:
        ConfigError: a value has the wrong form, or a name is unknown.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        _refuse_secrets_in_file()
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
