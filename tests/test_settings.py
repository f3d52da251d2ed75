"""Settings: one order of origins, clear errors, nothing read at import."""

from __future__ import annotations

from pathlib import Path

import pytest

from threadlore.errors import ConfigError
from threadlore.settings import load_settings


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_command_line_wins_over_environment_over_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "threadlore.toml").write_text('profile = "file"\ntimezone = "Asia/Tokyo"\n', encoding="utf-8")
    assert load_settings().profile == "file"
    monkeypatch.setenv("THREADLORE_PROFILE", "environment")
    assert load_settings().profile == "environment"
    assert load_settings(profile="given").profile == "given"
    assert load_settings().timezone == "Asia/Tokyo"


def test_unknown_setting_in_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "threadlore.toml").write_text("min_author = 3\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="min_author"):
        load_settings()


def test_wrong_time_zone_is_named() -> None:
    with pytest.raises(ConfigError, match="Mars/Olympus"):
        load_settings(timezone="Mars/Olympus")


def test_token_is_not_shown() -> None:
    assert "secret" not in repr(load_settings(milvus_token="secret"))


def test_a_secret_in_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "threadlore.toml").write_text('model_key = "sk-1"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="model_key") as caught:
        load_settings()
    assert "sk-1" not in caught.value.message + caught.value.hint
    assert "THREADLORE_MODEL_KEY" in caught.value.hint


def test_prices_are_read_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "threadlore.toml").write_text('[prices]\n"m" = [0.25, 2]\n', encoding="utf-8")
    assert load_settings().prices == {"m": (0.25, 2.0)}


def test_analysis_hash_changes_with_what_changes_the_result(tmp_path: Path) -> None:
    base = load_settings()
    assert base.analysis_hash() == load_settings(data=tmp_path / "elsewhere").analysis_hash()
    assert base.analysis_hash() != load_settings(min_authors=5).analysis_hash()


def test_ids_of_discord_may_be_written_as_numbers(tmp_path: Path) -> None:
    (tmp_path / "threadlore.toml").write_text('discord_guild = 42\nbot_forums = [7, "8"]\n', encoding="utf-8")
    settings = load_settings()
    assert settings.discord_guild == "42"
    assert settings.bot_forums == ("7", "8")


def test_secrets_are_known_by_name_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THREADLORE_DISCORD_TOKEN", "very.secret.token")
    settings = load_settings()
    assert {"milvus_token", "discord_token"} <= settings.secrets()
    assert "very.secret" not in repr(settings)
