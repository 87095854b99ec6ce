"""Snapshots: what an editor was told, as text that people can read and that a test holds on to.

One file a feature in `snapshots/`; `UPDATE_SNAPSHOTS=1` writes them anew. What differs from run to run is replaced before it is compared.
"""

import base64
import difflib
import hashlib
import os
import re
from pathlib import Path

from lsprotocol import types as lsp

from editor import Editor
from project import Project

FOLDER = Path(__file__).with_name("snapshots")
UPDATE = "UPDATE_SNAPSHOTS"


def settle(project: Project, seed: str) -> Project:
    """Gives a project a store whose identity, and with it all names, is the same in every run."""
    realm = base64.b32encode(hashlib.sha256(seed.encode()).digest()[:16]).decode().lower().rstrip("=")
    body = f'{{"realm": {{"realm": "{realm}"}}}}'
    digest = hashlib.sha256(body.encode()).hexdigest()
    state = project.folder / ".alchemy/state"
    state.mkdir(parents=True)
    (state / "realm.json").write_text(f'{{"format":2,"sha256":"{digest}","body":{body}}}\n')
    return project


class Snapshot:
    """A text that grows part by part, then is compared."""

    def __init__(self, name: str, project: Project):
        self.name = name
        self.parts: list[str] = []
        self.project = project

    def add(self, title: str, text: str) -> None:
        self.parts.append(f"## {title}\n\n{text.strip(chr(10))}\n")

    def check(self) -> None:
        text = "\n".join(self.parts)
        for pattern, by in self._varying():
            text = re.sub(pattern, by, text)
        file = FOLDER / f"{self.name}.txt"
        if os.environ.get(UPDATE):
            file.write_text(text)
        kept = file.read_text() if file.exists() else ""
        differences = difflib.unified_diff(kept.splitlines(), text.splitlines(), "as kept", "as it is", lineterm="")
        assert kept == text, "\n".join(differences) + f"\n{UPDATE}=1 keeps it as it is"

    def _varying(self) -> list[tuple[str, str]]:
        environment = self.project.environment
        return [
            (re.escape(str(self.project.folder)), "<project>"),
            (re.escape(environment["AWS_ENDPOINT_URL"]), "<endpoint>"),
            (re.escape(environment["AWS_ACCESS_KEY_ID"]), "<account>"),
            (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?Z)?", "<time>"),
            (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "<uuid>"),
            (r"\bsam@[\w.-]+", "sam@<host>"),
        ]


def lines_with(editor: Editor, uri: str, marks: list[tuple[lsp.Position, str]]) -> str:
    """The lines of a text that have something at a position, with it."""
    shown: dict[int, str] = {}
    for position, mark in reversed(sorted(marks, key=lambda it: (it[0].line, it[0].character))):
        line = shown.get(position.line) or editor.texts[uri].split("\n")[position.line]
        before = editor.at(uri, position)[0]
        shown[position.line] = f"{before}⟦{mark}⟧{line[len(before) :]}"
    return "\n".join(f"{number + 1:3} | {shown[number].rstrip()}" for number in sorted(shown))


def quoted(editor: Editor, uri: str, area: lsp.Range) -> str:
    """The place a range stands for: line, column and its text, shortened."""
    (before, rest), (to_end, _) = editor.at(uri, area.start), editor.at(uri, area.end)
    if area.start.line == area.end.line:
        text = rest[: len(to_end) - len(before)]
    else:
        text = rest + " …"
    return f"{area.start.line + 1}:{len(before) + 1} {text!r}".replace("\\'", "'")
