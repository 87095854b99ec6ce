"""Ten thousand random edits: the server answers or cancels every request, keeps its place in the text, and ends with the editor's text."""

import os
import random
import re

import pytest

from project import BINARY, Project
from text import Document
from wire import CANCELLED, MODIFIED, Refused, Wire

EDITS = int(os.environ.get("ALCHEMY_FUZZ_EDITS", "10000"))
SEED = int(os.environ.get("ALCHEMY_FUZZ_SEED", "20261126"))
ROUND = 500

# What people type, half of it unfinished, and what no person types.
TYPED = [
    "yield* ", "const x = ", "AWS.S3.Bucket(", "AWS.SQS.Queue(\"Q", "\")", "\"", "`", "${", "}", "{", "(", ")", "=>", "/*", "*/", "//", "\n", "\r\n", "\r",
    "stage === \"prod\"", "stage === \"", "memory: ", "for (;;) {}", "while (true) ", "throw ", "import * as X from \"", "a", " ", "\t", "0", "9e999", ".", ",", ";",
    "é", "ß", "日本語", "😀", "👩‍👩‍👧", "\u2028", "\u0000", "\ufeff", "\\", "\\u{", "\\ud83d", "\ud83d", "\ude00", "<T>", "@", "#!", "export default ", "await ", "function* () {",
]  # fmt: skip
QUESTIONS = ["inlayHint", "hover", "documentSymbol", "codeLens", "completion", "definition", "codeAction"]
CAPABILITIES = {
    "workspace": {"inlayHint": {"refreshSupport": True}, "codeLens": {"refreshSupport": True}, "configuration": True},
    "textDocument": {
        "publishDiagnostics": {"versionSupport": True},
        "hover": {"contentFormat": ["markdown"]},
        "documentSymbol": {"hierarchicalDocumentSymbolSupport": True},
    },
}


class Fuzzer:
    """One document under random edits, and the questions that are not answered yet."""

    def __init__(self, wire: Wire, uri: str, good: str):
        self.wire, self.uri, self.good = wire, uri, good
        self.random = random.Random(SEED)
        self.document = Document(good)
        self.pending: list[tuple[int, int]] = []
        self.answered = self.cancelled = 0

    def offset(self) -> int:
        """A place where an editor may cut: not between CR and LF, but inside a surrogate pair now and then."""
        size = len(self.document.units)
        at = self.random.randint(0, size)
        pairs = [i for i in range(max(1, at - 200), min(size, at + 200)) if self.document.splits_pair(i)]
        if pairs and self.random.random() < 0.3:
            return self.random.choice(pairs)
        return at - 1 if self.document.splits_line_end(at) else at

    def change(self) -> dict:
        kind = self.random.random()
        at = self.offset()
        if kind < 0.55:
            return self.document.replace(at, at, self.random.choice(TYPED))
        end = min(len(self.document.units), at + self.random.choice([1, 1, 1, 2, 3, 10, 60]))
        while self.document.splits_line_end(end):
            end += 1
        by = self.random.choice(TYPED) if kind > 0.9 else ""
        return self.document.replace(at, end, by)

    def edit(self) -> None:
        changes = [self.change() for _ in range(self.random.choice([1, 1, 1, 2, 4]))]
        self.send(changes)

    def send(self, changes: list[dict]) -> None:
        identifier = {"uri": self.uri, "version": self.document.version}
        self.wire.notify("textDocument/didChange", {"textDocument": identifier, "contentChanges": changes})

    def place(self) -> dict:
        at = self.document.whole_character(self.offset())
        return self.document.position(at)

    def question(self) -> None:
        """Asks something, at a random place; takes it back now and then."""
        kind = self.random.choice(QUESTIONS)
        parameters = {"textDocument": {"uri": self.uri}}
        here = self.place()
        if kind in ("hover", "completion", "definition"):
            parameters["position"] = here
        if kind in ("inlayHint", "codeAction"):
            parameters["range"] = {"start": {"line": 0, "character": 0}, "end": self.document.position(len(self.document.units))}
        if kind == "codeAction":
            parameters["range"] = {"start": here, "end": here}
            parameters["context"] = {"diagnostics": []}
        number = self.wire.send(f"textDocument/{kind}", parameters)
        self.pending.append((number, self.document.version))
        if self.random.random() < 0.1:
            self.wire.notify("$/cancelRequest", {"id": number})

    def settle(self) -> None:
        """Every question is answered or cancelled; positions in answers about this very text are in it."""
        for number, version in self.pending:
            try:
                answer = self.wire.take(number)
            except Refused as refused:
                assert refused.code in (CANCELLED, MODIFIED), refused
                self.cancelled += 1
                continue
            self.answered += 1
            if version == self.document.version:
                self.check_places(answer)
        self.pending.clear()

    def check_places(self, answer) -> None:
        """Any position in an answer, wherever it stands, is a place of the document."""
        if isinstance(answer, list):
            for part in answer:
                self.check_places(part)
        elif isinstance(answer, dict):
            if answer.keys() == {"line", "character"}:
                assert self.document.holds(answer), f"{answer} is no place in version {self.document.version}"
            elif answer.get("uri", self.uri) == self.uri:
                for part in answer.values():
                    self.check_places(part)

    def hints(self) -> list[tuple[str, str]]:
        """The program's ids and the text after each, once this very text has been evaluated."""
        self.wire.ask("alchemy/evaluated", {"uri": self.uri, "version": self.document.version})
        end = self.document.position(len(self.document.units))
        whole = {"start": {"line": 0, "character": 0}, "end": end}
        hints = self.wire.ask("textDocument/inlayHint", {"textDocument": {"uri": self.uri}, "range": whole})
        lines = self.document.text().splitlines()
        found = []
        for hint in hints:
            self.check_places(hint)
            line = lines[hint["position"]["line"]]
            before = line.encode("utf-16-le")[: 2 * hint["position"]["character"]].decode("utf-16-le")
            identifier = re.search(r'"([A-Za-z]+)"$', before)
            assert identifier, f"a hint stands after {before!r}"
            label = hint["label"] if isinstance(hint["label"], str) else "".join(part["value"] for part in hint["label"])
            found.append((identifier[1], label))
        return sorted(found)

    def repair(self) -> None:
        self.send([self.document.whole(self.good)])


@pytest.fixture
def wire(photos: Project):
    wire = Wire([BINARY, "lsp"], photos.folder, photos.environment)
    yield wire
    wire.end()


def test_the_server_survives_random_edits_and_keeps_its_place(wire, photos):
    program = photos.program.read_text()
    good = program.replace("const { stage }", "/* 😀 日本 👩‍👩‍👧 */ const { stage }").replace("yield* AWS.SQS.Queue(\"Jobs", "/* 😀 */ yield* AWS.SQS.Queue(\"Jobs")
    uri = photos.program.as_uri()
    wire.initialize(photos.folder, CAPABILITIES, {"stages": ["prod", "pr-1"]})
    item = {"uri": uri, "languageId": "typescript", "version": 1, "text": good}
    wire.notify("textDocument/didOpen", {"textDocument": item})
    fuzzer = Fuzzer(wire, uri, good)
    expected = fuzzer.hints()
    assert {name for name, _ in expected} >= {"Uploads", "Dead", "Jobs", "Api"}, expected
    for number in range(1, EDITS + 1):
        fuzzer.edit()
        if fuzzer.random.random() < 0.3:
            fuzzer.question()
        if len(fuzzer.pending) >= 20:
            fuzzer.settle()
        if number % ROUND == 0:
            fuzzer.settle()
            document = wire.ask("alchemy/document", {"uri": uri})
            assert document == {"version": fuzzer.document.version, "text": fuzzer.document.text()}, f"after {number} edits"
            fuzzer.repair()
            assert fuzzer.hints() == expected, f"after {number} edits and a repair"
    assert not wire.answers, f"not answered: {wire.answers.keys()}"
    assert wire.close() == 0
    # As the command says a panic that the server survived, and as Rust says one before the command has its own words.
    assert b"panicked" not in wire.said, wire.said.decode()
    assert not [text for text in wire.shown if "made a mistake" in text], wire.shown
    print(f"{EDITS} edits, seed {SEED}: {fuzzer.answered} questions answered, {fuzzer.cancelled} cancelled")
