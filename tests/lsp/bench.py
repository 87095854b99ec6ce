"""What the editor feels, measured with the real binary: one line a figure, `what | measured | budget`. Run by `cargo xtask bench`."""

import os
import random
import statistics
import tempfile
import time
from pathlib import Path

from project import BINARY, Project
from text import Document
from wire import Wire

STAGES = ["dev_b", "pr-1", "staging", "prod"]  # and the default one: five
CAPABILITIES = {"workspace": {"inlayHint": {"refreshSupport": True}}, "textDocument": {"publishDiagnostics": {}}}
KEYSTROKES = int(os.environ.get("BENCH_KEYSTROKES", "200"))
EDITS = 1000
IDLE = 10.0
# A fast typist's pause, so that a stroke finds the server as an editor's would: at rest, or still at work on the last.
PAUSE = (0.02, 0.08)

HEAD = """import * as Alchemy from "alchemy";
import { Stack } from "alchemy/Stack";
import * as RemovalPolicy from "alchemy/RemovalPolicy";
import * as AWS from "alchemy/AWS";
import * as Effect from "effect/Effect";

export default Alchemy.Stack("bench", { providers: AWS.providers() }, Effect.gen(function* () {
  const stack = yield* Stack;
  const prod = stack.stage === "prod";
  const q0 = yield* AWS.S3.Bucket("Box").pipe(RemovalPolicy.retain(prod)); // typed here:
"""
QUEUE = '  const q{n} = yield* AWS.SQS.Queue("Queue{n}", {{ visibilityTimeout: prod ? "2 minutes" : "30 seconds" }});\n'
TAIL = "  return { box: q0.bucketName };\n}));\n"


def program(resources: int) -> str:
    return HEAD + "".join(QUEUE.format(n=n) for n in range(1, resources)) + TAIL


class Bench:
    """A server with one program open."""

    def __init__(self, folder: Path, resources: int):
        self.project = Project(folder, "01-minimal")
        self.good = program(resources)
        self.project.program.write_text(self.good)
        self.wire = Wire([BINARY, "lsp"], self.project.folder, self.project.environment)
        self.uri = self.project.program.as_uri()
        self.wire.initialize(self.project.folder, CAPABILITIES, {"stages": STAGES})
        self.document = Document(self.good)
        item = {"uri": self.uri, "languageId": "typescript", "version": 1, "text": self.good}
        self.wire.notify("textDocument/didOpen", {"textDocument": item})
        self.resources = resources
        assert len(self.fresh()) == resources
        self.random = random.Random(1)

    def fresh(self) -> list:
        """Hints of this very text, evaluated for all stages."""
        answer = self.wire.ask("alchemy/evaluated", {"uri": self.uri, "version": self.document.version})
        assert answer["ok"], answer
        whole = {"start": {"line": 0, "character": 0}, "end": {"line": 1_000_000, "character": 0}}
        return self.wire.ask("textDocument/inlayHint", {"textDocument": {"uri": self.uri}, "range": whole})

    def change(self, start: int, end: int, by: str) -> dict:
        """What is sent for a change. This client's own copy of the text, which takes it time, has it already."""
        change = self.document.replace(start, end, by)
        identifier = {"uri": self.uri, "version": self.document.version}
        return {"textDocument": identifier, "contentChanges": [change]}

    def stroke(self, number: int) -> float:
        """One keystroke and the wait for fresh hints, in milliseconds. It changes an id, so that every hint's text is new work."""
        at = self.good.index('"Box"') + len('"Box')
        change = self.change(at, at + 1, "") if number % 2 else self.change(at, at, "x")
        begun = time.perf_counter()
        self.wire.notify("textDocument/didChange", change)
        hints = self.fresh()
        took = time.perf_counter() - begun
        assert len(hints) == self.resources
        return took * 1000

    def strokes(self, count: int, pause: bool) -> list[float]:
        times = []
        for number in range(count):
            if pause:
                time.sleep(self.random.uniform(*PAUSE))
            times.append(self.stroke(number))
        return times

    def resident(self) -> float:
        """Resident memory in MB."""
        status = Path(f"/proc/{self.wire.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024

    def processor(self) -> float:
        """Processor time so far in milliseconds."""
        fields = Path(f"/proc/{self.wire.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        self.wire.close()


def figures(bench: Bench, budget: str) -> None:
    bench.strokes(20, pause=False)
    times = sorted(bench.strokes(KEYSTROKES, pause=True))
    p50, p95 = statistics.median(times), times[int(len(times) * 0.95)]
    say(f"keystroke to fresh hints, {len(STAGES) + 1} stages, {bench.resources} resources", f"p50 {p50:.1f} ms, p95 {p95:.1f} ms", f"p95 {budget}")


def unrest(length: float) -> None:
    """How long a loop of `length` milliseconds takes that nothing but the machine holds up: no figure is quieter than this."""
    def loop(turns: int) -> float:
        begun = time.perf_counter()
        for _ in range(turns):
            pass
        return (time.perf_counter() - begun) * 1000

    turns = int(1_000_000 * length / min(loop(1_000_000) for _ in range(5)))
    times = []
    for _ in range(100):
        time.sleep(0.03)
        times.append(loop(turns))
    times.sort()
    say(f"this machine's own unrest: a loop of {length:.0f} ms", f"p50 {times[50]:.1f} ms, p95 {times[95]:.1f} ms", "none")


def say(what: str, measured: str, budget: str) -> None:
    print(f"editor: {what} | {measured} | {budget}", flush=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), 10)
        figures(bench, "16 ms")
        unrest(6)
        # At rest both times: while somebody types, what is spent waits for its end.
        time.sleep(1)
        before = bench.resident()
        bench.strokes(EDITS, pause=False)
        time.sleep(1)
        say(f"memory after {EDITS} more edits", f"{bench.resident() - before:+.1f} MB on {before:.0f} MB", "less than +5 MB")
        busy = bench.processor()
        time.sleep(IDLE)
        say(f"processor in {IDLE:.0f} s of nothing", f"{bench.processor() - busy:.0f} ms", "0 ms but for the poll each 30 s")
        bench.close()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), 500)
        figures(bench, "100 ms")
        unrest(80)
        bench.close()


if __name__ == "__main__":
    main()
