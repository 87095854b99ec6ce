"""Neovim itself, headless: the plugin starts the server, hints are on the screen as extmarks."""

import json
from pathlib import Path

import pytest

import neovim
from editor import IDENTIFIER, NAME

STAGES = ["dev_sam", "pr-147", "prod"]
NAMED = {"Uploads", "Dead", "Jobs", "Api"}


def names(step: dict) -> dict[str, str]:
    """Physical names on the screen, by the id that they stand after."""
    found = {}
    for hint in step["hints"]:
        identifier, name = IDENTIFIER.search(hint["before"]), NAME.search(hint["text"])
        assert identifier and hint["inline"], f"a hint stands after {hint['before']!r}"
        if name and "→" not in hint["text"]:
            found[identifier[1]] = name[0]
    return found


def errors(step: dict) -> list[dict]:
    return [diagnostic for diagnostic in step["diagnostics"] if diagnostic["severity"] == 1]


@pytest.mark.skipif(neovim.why_not() is not None, reason=str(neovim.why_not()))
def test_neovim_shows_names_follows_edits_and_survives_a_broken_program(cloud_photos, tmp_path):
    result = tmp_path / "result.json"
    said = neovim.run(cloud_photos, tmp_path / "nvim", Path(__file__).with_name("session.lua"), {"RESULT": str(result)})
    session = json.loads(result.read_text())
    assert "failure" not in session, f"{session['failure']}\n{session['log']}\n{said}"
    assert session["completed"] == STAGES
    shown = {stage: names(session[stage]) for stage in STAGES}
    for stage in STAGES:
        assert shown[stage].keys() == NAMED
        cloud_photos.alchemy("deploy", "--stage", stage, "--yes")
        recorded = cloud_photos.recorded(stage)
        assert shown[stage] == {fqn: name for fqn, name in recorded.items() if "/" not in fqn}
        assert set(shown[stage].values()) <= cloud_photos.listed()
    for stage in STAGES:
        assert any(f"| `{stage}` | `{shown[stage]['Jobs']}` |" in line for line in session["hover"]), session["hover"]
    prod = shown["prod"]
    assert names(session["edited"]).keys() == {"Uploads", "Dead", "Tasks", "Api"}
    assert names(session["back"]) == names(session["broken"]) == names(session["repaired"]) == prod
    assert errors(session["broken"]) and not errors(session["prod"]) and not errors(session["repaired"])
    assert session["left"] == 0, "the server left with an error"
    assert session["command"][1:] == ["deploy", "P", "--stage", "prod"]
