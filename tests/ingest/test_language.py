"""Languages by script, by stop words, by model; short texts and code have none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadlore.ingest.language import language_of


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("how do I install milvus on windows", "en"),
        ("it crashes after the upgrade 😄 any idea?", "en"),
        ("ich habe ein Problem mit dem Cluster und der Speicher ist voll", "de"),
        ("bonjour, je n'arrive pas à me connecter à la base", "fr"),
        ("hola como puedo instalar milvus en windows", "es"),
        ("请问 milvus standalone 怎么部署？", "zh"),
        ("Milvusの起動に失敗します。どうすればいいですか", "ja"),
        ("밀버스를 어떻게 설치하나요", "ko"),
        ("не могу подключиться к серверу после обновления", "ru"),
        ("ok thanks", ""),
        ("", ""),
        ("https://milvus.io/docs/install.md", ""),
        ("```\nTraceback (most recent call last)\n  File x in main\n```", ""),
        ("lol nice one mate", ""),
        ("attu in docker: login page says no connection. milvus itself answers python on the same box", "en"),
        ("was ist der Unterschied in der Version und wie lange dauert das Update", "de"),
        ("+1", ""),
    ],
)
def test_languages(text: str, code: str) -> None:
    assert language_of(text) == code


def test_a_pasted_log_does_not_hide_the_language_of_the_question() -> None:
    log = "[WARN] [queryNode/impl.go:232] rpc error: code = Unavailable\n" * 40
    assert language_of(f"warum startet mein Cluster nicht mehr nach dem Neustart?\n```\n{log}```") == "de"


@given(st.text(max_size=200))
@settings(max_examples=200)
def test_any_text_has_a_code_or_none(text: str) -> None:
    assert len(language_of(text)) in (0, 2)
