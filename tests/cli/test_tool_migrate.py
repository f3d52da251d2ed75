"""`tool migrate` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from threadlore.cli import build_app

RUN = CliRunner()


def test_a_move_is_planned_and_its_job_printed_alone() -> None:
    fields = "id:int64,title:keyword,vec:dense_vector(768,cosine)"
    arguments = ["tool", "migrate", "--from", "qdrant", "--to", "distributed", "--fields", fields]
    plan = RUN.invoke(build_app(), arguments)
    assert plan.exit_code == 0 and "VTS" in plan.output and "metric COSINE" in plan.output
    job = RUN.invoke(build_app(), [*arguments, "--output", "job"])
    assert job.output.startswith("# Job of VTS") and "Qdrant {" in job.output


def test_an_upgrade_is_planned_from_the_command_line(tmp_path: Path) -> None:
    found = RUN.invoke(
        build_app(), ["tool", "migrate", "--from", "milvus-2.4", "--to", "milvus-3.0", "--json"]
    )
    assert json.loads(found.output)["result"]["kind"] == "upgrade"
    file = tmp_path / "case.json"
    file.write_text(json.dumps({"from": "milvus-2.4", "to": "milvus-3.0"}))
    again = RUN.invoke(build_app(), ["tool", "migrate", "--input", str(file), "--json"])
    assert json.loads(again.output) == json.loads(found.output)
    assert RUN.invoke(build_app(), ["tool", "migrate", "--backup"]).exit_code == 0
