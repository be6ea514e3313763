"""200 published data files over HTTP: how many are read as a careful person would read them, and no fewer than before."""

import collections
import pathlib

from machine import ROOT
from published_files import judge, sample, second_opinion

PACKAGES = ROOT / ".deps/published-soak"


def reading_of(sluice, name, content):
    """What Sluice made of it, in the words of judge.py."""
    response = sluice.call("POST", "/api/v1/datasets/upload", files={"file": (name, content)})
    if response.status_code != 201:
        problem = response.json()
        assert response.status_code in (413, 422), problem
        return {"code": problem["code"], "detail": problem["detail"]}
    dataset = response.json()
    schema = sluice.ok("GET", f"/api/v1/datasets/{dataset['id']}/schema")
    return {
        "format": dataset["source_format"],
        "encoding": dataset["source"]["encoding"],
        "rows": dataset["row_count"],
        "rejects": dataset["rows_rejected"],
        "names": [column["original"] for column in schema["columns"]],
        "types": [column["type"] for column in schema["columns"]],
        "silver": [column["silver"]["type"] for column in schema["columns"]],
        "notes": schema["notes"],
    }


def test_read_as_a_careful_person_would(make_sluice, figure):
    sluice = make_sluice(MCP_ENABLED="false").start()
    known = judge.answers()
    verdicts, lines, worse = collections.Counter(), [], []
    for file in sample.sample(PACKAGES):
        content = sample.content(PACKAGES, file)
        reading = reading_of(sluice, pathlib.PurePath(file.member).name, content)
        answer = known[file.name]
        verdict = judge.verdict(reading, answer)
        verdicts[verdict] += 1
        opinion = second_opinion.of(content, file.kind)
        other = opinion.get("error") or f"{opinion['rows']} rows × {opinion['columns']}: {opinion['names'][:3]}"
        lines.append(f"{verdict:5} {file.name}\n      {judge.line(reading)}\n      {opinion['by']}: {other}")
        if verdict == "right":
            continue
        lines.append(f"      {answer.get('why', '')}; notes {reading.get('notes')}")
        if answer["was"] == "right" or (answer["was"], verdict) == ("said", "wrong"):
            worse.append(lines[-2])
    figure(f"200 published data files of 15 packages (seed {sample.SEED}): {dict(verdicts)}\n" + "\n".join(lines))
    assert not worse, "read worse than before:\n" + "\n".join(worse)
