"""What makes the index: a pymilvus program, and the settings that belong into milvus.yaml."""

from __future__ import annotations

from typing import Any

from threadlore.tools.indexing.case import Case
from threadlore.tools.indexing.facts import has, parameter_rows, row, show_version
from threadlore.tools.indexing.ranking import Candidate
from threadlore.tools.indexing.scalars import ScalarIndex
from threadlore.tools.yaml_text import to_yaml

_TEXT_LENGTH = 8192


def _bm25(case: Case) -> bool:
    return case.metric == "BM25"


def _vector_field(case: Case, best: Candidate) -> list[str]:
    kind = f"DataType.{row('data_types', case.data_type)['field']}"
    dim = "" if case.data_type == "sparse" else f", dim={case.dim}"
    mapped = ", mmap_enabled=True" if best.setting.vectors_on_disk and not _bm25(case) else ""
    lines = [f'    schema.add_field("vector", {kind}{dim}{mapped})']
    if _bm25(case):
        text = (
            f'    schema.add_field("text", DataType.VARCHAR, max_length={_TEXT_LENGTH}, enable_analyzer=True)'
        )
        function = [
            "    schema.add_function(",
            "        Function(",
            '            name="bm25",',
            "            function_type=FunctionType.BM25,",
            '            input_field_names=["text"],',
            '            output_field_names=["vector"],',
            "        )",
            "    )",
        ]
        return [text, *lines, *function]
    return lines


def _scalar_field(one: ScalarIndex) -> str:
    more = {
        "VARCHAR": ", max_length=256",
        "ARRAY": ", element_type=DataType.INT64, max_capacity=64",
    }.get(one.field.type, "")
    if one.partition_key:
        more += ", is_partition_key=True"
    return f'    schema.add_field("{one.field.name}", DataType.{one.field.type}{more})'


def _scalar_index(one: ScalarIndex) -> str:
    name, params = one.field.name, dict[str, Any]()
    if one.index == "NGRAM":
        params = {"min_gram": 2, "max_gram": 3}
    if one.field.type == "JSON":
        params |= {"json_path": f'{name}["key"]', "json_cast_type": "VARCHAR"}
    setting = f", params={params!r}" if params else ""
    return (
        f'    indexes.add_index(field_name="{name}", index_name="{name}", index_type="{one.index}"{setting})'
    )


def _build_params(best: Candidate) -> dict[str, Any]:
    build = dict(best.setting.build)
    if best.setting.index_on_disk:
        build["mmap.enabled"] = True
    return build


def _search_params(best: Candidate) -> str:
    rows = {one["parameter"]: one for one in parameter_rows(best.setting.index, "search")}
    parts = []
    for name, value in best.setting.search.items():
        # These may not be smaller than the hits that are asked for.
        grows = rows[name].get("at_least") == "top_k"
        parts.append(f'"{name}": ' + (f"max({value!r}, limit)" if grows else repr(value)))
    return "{" + ", ".join(parts) + "}"


_NORMALISE = '''

def normalise(vector):
    """Return a vector of length 1: IP ranks such vectors as COSINE does. Use it on rows and queries."""
    length = sum(value * value for value in vector) ** 0.5
    return [value / length for value in vector]
'''


def _head(case: Case, best: Candidate) -> list[str]:
    imported = "DataType, Function, FunctionType, MilvusClient" if _bm25(case) else "DataType, MilvusClient"
    where = "Milvus Lite" if case.lite else f"Milvus {show_version(case.version)}"
    uri = "./milvus.db" if case.lite else "http://localhost:19530"
    size = "" if case.data_type == "sparse" else f" of {case.dim} dimensions"
    lines = [
        f'"""{best.setting.index}, {best.metric}: {case.data_type} vectors{size} in {where}."""',
        "",
        "import os",
        "",
        f"from pymilvus import {imported}",
        "",
        f'URI = os.environ.get("MILVUS_URI", "{uri}")',
        'TOKEN = os.environ.get("MILVUS_TOKEN", "")',
        'COLLECTION = os.environ.get("MILVUS_COLLECTION", "documents")',
    ]
    if case.lite:
        lines.insert(4, "# pip install pymilvus milvus-lite")
    return lines


def _create(case: Case, best: Candidate, scalars: tuple[ScalarIndex, ...]) -> list[str]:
    params = _build_params(best)
    setting = [f"        params={params!r},"] if params else []
    return [
        "def create(client):",
        '    """Make the collection with its indexes and load it."""',
        "    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)",
        '    schema.add_field("id", DataType.INT64, is_primary=True)',
        *_vector_field(case, best),
        *(_scalar_field(one) for one in scalars),
        "    indexes = client.prepare_index_params()",
        "    indexes.add_index(",
        '        field_name="vector",',
        '        index_name="vector",',
        f'        index_type="{best.setting.index}",',
        f'        metric_type="{best.metric}",',
        *setting,
        "    )",
        *(_scalar_index(one) for one in scalars if one.index),
        "    client.create_collection(COLLECTION, schema=schema, index_params=indexes)",
    ]


def _search(case: Case, best: Candidate) -> list[str]:
    what = "texts" if _bm25(case) else "vectors"
    return [
        f'def search(client, {what}, limit={case.top_k}, filter=""):',
        f'    """Return the nearest rows of each of the {what}, the nearest first."""',
        "    return client.search(",
        "        COLLECTION,",
        f"        data={what},",
        '        anns_field="vector",',
        "        filter=filter,",
        "        limit=limit,",
        f'        search_params={{"metric_type": "{best.metric}", "params": {_search_params(best)}}},',
        '        output_fields=["id"],',
        "    )",
    ]


def program(case: Case, best: Candidate, scalars: tuple[ScalarIndex, ...]) -> str:
    """Return a Python program whose `create` makes the collection and whose `search` searches it."""
    lines = _head(case, best)
    if best.metric != case.metric:
        lines += _NORMALISE.rstrip("\n").split("\n")
    lines += ["", "", *_create(case, best, scalars), "", "", *_search(case, best), "", ""]
    lines += ['if __name__ == "__main__":', "    create(MilvusClient(uri=URI, token=TOKEN))"]
    return "\n".join(lines) + "\n"


def server_config(case: Case, best: Candidate) -> str:
    """Return what belongs into milvus.yaml (user.yaml) for an index; empty where nothing does."""
    found: dict[str, Any] = {}
    if row("indexes", best.setting.index)["family"] == "disk":
        found["queryNode"] = {"enableDisk": True}
    if best.setting.config:
        found["common"] = {"DiskIndex": dict(best.setting.config)}
    if row("indexes", best.setting.index)["family"] == "gpu" and has(case.version, "2.4.1"):
        found["gpu"] = {"initMemSize": 2048, "maxMemSize": 4096}
    if not found:
        return ""
    return to_yaml(found, f"{best.setting.index}: into user.yaml of the server, before it starts")
