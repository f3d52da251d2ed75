"""Programs that bring files into Milvus: an import job on a server, and rows upserted one batch at a time."""

from __future__ import annotations

FILE_KINDS = ("parquet", "csv", "json", "numpy")
"""Kinds of files that people import, as the table of systems names them."""

_READERS = {
    "rows": """
def read_rows():
    with open("rows.jsonl", encoding="utf-8") as file:
        yield from (json.loads(line) for line in file if line.strip())
""",
    "csv": '''
FILE = os.environ.get("DATA_FILE", "data.csv")  # first line: the names of the fields


def read_rows():
    csv.field_size_limit(1 << 30)
    with open(FILE, newline="", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            yield {name: of_text(name, text) for name, text in row.items() if text}


def of_text(name, text):
    """Return a cell by the type of its field: vectors, arrays and JSON are written as JSON in a cell."""
    kind = types.get(name)
    if kind in (DataType.VARCHAR, None):
        return text
    if kind == DataType.BOOL:
        return text.strip().lower() in ("true", "t", "yes", "1")
    return json.loads(text)
''',
    "json": """
FILE = os.environ.get("DATA_FILE", "data.json")  # a list of objects, {"rows": [...]}, or an object a line


def read_rows():
    with open(FILE, encoding="utf-8") as file:
        first = file.read(1)
        file.seek(0)
        if first == "[" or not FILE.endswith(("l", "ndjson")):
            whole = json.load(file)
            yield from whole["rows"] if isinstance(whole, dict) else whole
        else:
            yield from (json.loads(line) for line in file if line.strip())
""",
    "parquet": """
FILE = os.environ.get("DATA_FILE", "data.parquet")  # a column a field, vectors as lists of numbers


def read_rows():
    for part in pyarrow.parquet.ParquetFile(FILE).iter_batches(BATCH):
        yield from part.to_pylist()
""",
    "numpy": """
FOLDER = os.environ.get("DATA_FOLDER", ".")  # FIELD.npy for each field of the collection


def read_rows():
    names = [name for name in types if os.path.exists(os.path.join(FOLDER, f"{name}.npy"))]
    columns = [numpy.load(os.path.join(FOLDER, f"{name}.npy"), mmap_mode="r") for name in names]
    if not names or len({len(column) for column in columns}) != 1:
        raise SystemExit(f"{FOLDER} needs one .npy of equal length for each field; found: {names}")
    for values in zip(*columns):
        yield dict(zip(names, (value.tolist() for value in values)))
""",
}
_IMPORTS = {"csv": "csv", "parquet": "pyarrow.parquet", "numpy": "numpy"}
_LOAD = """
description = client.describe_collection(COLLECTION)
types = {field["name"]: field["type"] for field in description["fields"]}
automatic = {field["name"] for field in description["fields"] if field.get("auto_id")}
write = client.insert if automatic else client.upsert


def ready(name, value):
    # pymilvus takes vectors of bytes as bytes.
    if isinstance(value, list) and types.get(name) in (DataType.INT8_VECTOR, DataType.BINARY_VECTOR):
        return bytes(number % 256 for number in value)
    return value


written, batch = 0, []
for row in read_rows():
    batch.append({name: ready(name, one) for name, one in row.items() if name not in automatic})
    if len(batch) == BATCH:
        write(COLLECTION, batch)
        written, batch = written + len(batch), []
if batch:
    write(COLLECTION, batch)
    written += len(batch)
client.flush(COLLECTION)
client.load_collection(COLLECTION)
count = client.query(COLLECTION, filter="", output_fields=["count(*)"], consistency_level="Strong")
counted = count[0]["count(*)"]
print(f"{written} rows written, {counted} counted")
client.close()
"""
_IMPORT = """
ADDRESS = os.environ.get("TARGET_ADDRESS", "http://localhost:19530")
TOKEN = os.environ.get("TARGET_TOKEN", "")
COLLECTION = {collection}
# Paths in the bucket of Milvus, below its root path. {lists}
FILES = {files}


def ask(action, body):
    request = urllib.request.Request(
        f"{{ADDRESS}}/v2/vectordb/jobs/import/{{action}}",
        json.dumps(body).encode(),
        {{"Content-Type": "application/json", "Authorization": f"Bearer {{TOKEN}}"}},
    )
    with urllib.request.urlopen(request, timeout=60) as reply:
        said = json.load(reply)
    if said.get("code") not in (0, 200):
        raise SystemExit(f"{{action}}: {{said.get('message') or said}}")
    return said["data"]


job = ask("create", {{"collectionName": COLLECTION, "files": FILES}})["jobId"]
while True:
    now = ask("describe", {{"jobId": job}})
    print(job, now.get("state"), f"{{now.get('progress')}} %", now.get("reason") or "")
    if now.get("state") in ("Completed", "Failed"):
        break
    time.sleep(5)
print(f"{{now.get('importedRows')}} of {{now.get('totalRows')}} rows")
raise SystemExit(0 if now["state"] == "Completed" else 1)
"""
_LISTS = {
    "numpy": ("All .npy of one set stand in one list.", '[["set1/id.npy", "set1/vector.npy"]]'),
    "csv": ("Each file is a list of its own.", '[["csv/1.csv"], ["csv/2.csv"]]'),
    "json": ("Each file is a list of its own.", '[["json/1.json"], ["json/2.json"]]'),
    "parquet": ("Each file is a list of its own.", '[["parquet/1.parquet"], ["parquet/2.parquet"]]'),
}


def load_program(kind: str, connect: str) -> str:
    """Return a program that upserts rows into a collection that exists.

    `kind` is that of the file they are in, or `rows` for a rows.jsonl; `connect` are the lines that make
    the client, with their imports.
    """
    more = f"import {_IMPORTS[kind]}\n" if kind in _IMPORTS else ""
    what = "rows.jsonl" if kind == "rows" else "a file"
    head = f"# Loads {what} into a collection; where you give the keys, a second run leaves no row twice.\n"
    return f"{head}import json\n{more}{connect}\nBATCH = 500\n{_READERS[kind]}\n{_LOAD}"


def import_program(kind: str, collection: str) -> str:
    """Return a program that starts an import job and waits for its end; `collection` is quoted already."""
    lists, files = _LISTS[kind]
    head = "# Starts an import job of Milvus (REST) and waits for it.\nimport json\nimport os\nimport time\n"
    return f"{head}import urllib.request\n" + _IMPORT.format(collection=collection, lists=lists, files=files)
