"""Questions in languages that the embedder does not read, asked of the starter entries."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from threadlore.agents.answering.language import guess_language
from threadlore.agents.matching.foreign import ForeignMatch, ForeignPhrasings, grams
from threadlore.faq_files import read_entry

FAQ = Path(__file__).resolve().parents[2] / "threadlore" / "profiles" / "milvus" / "faq"

CHINESE = {
    "我的电脑是 Windows 系统，能装 milvus 吗": "run-on-windows",
    "想把集合里的数据导出备份": "backup-restore-export",
    "删掉很多数据，硬盘空间却没释放": "disk-not-freed",
    "刚插入的数据马上搜索不到": "search-misses-new-rows",
    "用余弦距离还是内积好": "choose-metric",
    "etcd 报 database space exceeded 空间满": "etcd-space-exceeded",
    "elasticsearch 里的向量想迁移过来": "migrate-to-milvus",
    "查询超过 16384 条就报错": "more-than-16384-rows",
    "多租户应该怎么设计": "partition-key-or-partitions",
    "如何测试 QPS 和性能": "measure-performance",
    "单机版还是集群版适合我": "choose-deployment",
    "varchar 字段存中文报长度超过": "varchar-length-exceeded",
}
JAPANESE = {
    "Windows の PC に Milvus を入れたい": "run-on-windows",
    "バックアップを取って別の環境にリストアしたい": "backup-restore-export",
    "メモリ不足でコレクションがロードできない": "load-fails-memory",
    "挿入した直後のデータが検索で見つからない": "search-misses-new-rows",
    "ベクトルが 1000 万件あるときのメモリ": "size-hardware",
    "recall が低いので調整したい": "low-recall",
    "COSINE と L2 はどちらがよいか": "choose-metric",
    "16384 件以上のデータを取り出したい": "more-than-16384-rows",
    "Standalone を Distributed に移行したい": "standalone-to-distributed",
    "etcd が一杯になってエラーが出る": "etcd-space-exceeded",
    "マルチテナントの設計": "partition-key-or-partitions",
    "VARCHAR の文字数が max_length を超えてしまう": "varchar-length-exceeded",
}
OUTSIDE = (
    "milvus 怎么设置 root 密码",
    "能不能给 collection 起别名",
    "pymilvus 需要哪个 python 版本",
    "怎么给用户授权角色",
    "推荐一本好看的小说",
    "milvus 公司在哪里",
    "Milvus のロゴを使ってもいいですか",
    "Java の SDK はありますか",
    "コレクションに別名をつけたい",
    "ユーザーのロールを作成するには",
    "明日の天気を教えて",
    "TLS を有効にする方法",
)


@cache
def starter() -> ForeignPhrasings:
    texts: dict[str, list[tuple[str, str]]] = {}
    for path in sorted(FAQ.glob("*.md")):
        entry = read_entry(path.read_text(encoding="utf-8"), path)
        for text in (entry.question, *entry.paraphrases):
            texts.setdefault(guess_language(text), []).append((entry.id, text))
    return ForeignPhrasings(texts, "Milvus")


def first(text: str) -> ForeignMatch | None:
    found = starter().match(text, guess_language(text))
    return found[0] if found else None


@pytest.mark.parametrize("questions", [CHINESE, JAPANESE], ids=["zh", "ja"])
def test_other_words_find_the_entry_or_nothing(questions: dict[str, str]) -> None:
    found = {text: first(text) for text in questions}
    clear = {text: match.entry for text, match in found.items() if match is not None and match.clear}
    assert all(entry == questions[text] for text, entry in clear.items())
    assert len(clear) >= 5


@pytest.mark.parametrize("text", OUTSIDE)
def test_what_no_entry_answers_is_not_clear(text: str) -> None:
    found = first(text)
    assert found is None or not found.clear


def test_a_language_is_compared_with_itself_alone() -> None:
    one = ForeignPhrasings({"ja": [("a", "検索 性能")]})
    assert one.match("検索 性能", "zh") == ()
    assert one.match("検索 性能", "ja")[0].likeness == pytest.approx(1.0)


def test_words_of_any_question_and_the_product_do_not_count() -> None:
    assert grams("怎么运行 Milvus 吗", "Milvus") == {"运行"}
    assert grams("どうすればいいですか") == set()
