"""Every feature, as an editor shows it: one snapshot each."""

import asyncio

import pytest
from lsprotocol import types as lsp

from editor import PATIENCE, Editor
from project import Project
from snapshot import Snapshot, lines_with, quoted, settle

STAGES = ["dev_sam", "pr-147", "prod"]
RETURN = "    return {"


@pytest.fixture
def still(photos, request):
    """`04-photos` with names that are the same in every run; there is no cloud."""
    return settle(photos, request.node.name)


@pytest.fixture
def live(cloud_photos, request):
    """`04-photos` with names that are the same in every run, against the emulated AWS."""
    return settle(cloud_photos, request.node.name)


async def asked(answer):
    return await asyncio.wait_for(answer, PATIENCE)


def labelled(hint: lsp.InlayHint) -> str:
    return "".join(part.value for part in hint.label)


async def inlay_hints(editor: Editor, uri: str) -> list[lsp.InlayHint]:
    whole = lsp.Range(lsp.Position(0, 0), lsp.Position(editor.texts[uri].count("\n") + 1, 0))
    parameters = lsp.InlayHintParams(lsp.TextDocumentIdentifier(uri), whole)
    return await asked(editor.client.text_document_inlay_hint_async(parameters)) or []


async def hints(editor: Editor, uri: str) -> str:
    """The lines that have hints, with them."""
    return lines_with(editor, uri, [(hint.position, labelled(hint)) for hint in await inlay_hints(editor, uri)])


async def tips(editor: Editor, uri: str) -> str:
    """What pointing at each part of each hint says."""
    parts = [part for hint in await inlay_hints(editor, uri) for part in hint.label]
    return "\n".join(f"{part.value.strip()}\n    " + part.tooltip.value.replace("\n", "\n    ") for part in parts)


async def test_hints_before_the_first_deploy(still):
    snapshot = Snapshot("hints", still)
    async with Editor(still, stages=STAGES[1:]) as editor:
        uri = await editor.open(still.program)
        for stage in STAGES:
            await editor.stage(stage)
            snapshot.add(f"stage {stage}, never deployed", await hints(editor, uri))
        more = [
            "for (const n of [1, 2, 3, 4]) yield* AWS.SQS.Queue(`Lane${n}`);",
            'if (!prod) yield* AWS.SQS.Queue("Scratch");',
            'yield* AWS.SQS.Queue("Inbox", { queueName: `inbox-${stage}` });',
        ]
        await editor.edit(uri, RETURN, "".join(f"    {line}\n" for line in more) + RETURN)
        snapshot.add("several of one call; one of other stages; a name by hand", await hints(editor, uri))
        snapshot.add("pointing at them", await tips(editor, uri))
    snapshot.check()


async def test_hints_in_other_files(tmp_path):
    project = settle(Project(tmp_path, "03-module-scope"), "other files")
    snapshot = Snapshot("hints-in-other-files", project)
    async with Editor(project) as editor:
        job = await editor.open(project.folder / "src/job.ts")
        snapshot.add("a class in src/job.ts", await hints(editor, job))
        helper = project.folder / "src/queues.ts"
        helper.write_text(HELPER)
        program = await editor.open(project.program)
        await editor.edit(program, 'from "./src/job.ts";', 'from "./src/job.ts";\nimport { pair } from "./src/queues.ts";')
        await editor.edit(program, "    const job", '    yield* pair("Mail");\n    const job')
        snapshot.add("a function in src/queues.ts", await hints(editor, await editor.open(helper)))
        snapshot.add("the program that calls it", await hints(editor, program) or "(none)")
    snapshot.check()


HELPER = """import * as AWS from "alchemy/AWS";
import * as Effect from "effect/Effect";

export const pair = (id: string) =>
  Effect.gen(function* () {
    const dead = yield* AWS.SQS.Queue(`${id}Dead`);
    return yield* AWS.SQS.Queue(id, { redrivePolicy: { deadLetterTargetArn: dead.queueArn, maxReceiveCount: 3 } });
  });
"""


async def test_marks_of_what_is_deployed(live):
    snapshot = Snapshot("marks", live)
    live.alchemy("deploy", "--stage", "prod", "--yes")
    async with Editor(live, stages=["prod"], stage="prod") as editor:
        uri = await editor.open(live.program)
        snapshot.add("deployed", await hints(editor, uri))
        await editor.edit(uri, '"2 minutes"', '"3 minutes"')
        await editor.edit(uri, '"Dead", { messageRetentionPeriod: "14 days" }', '"Dead", { fifo: true, messageRetentionPeriod: "14 days" }')
        snapshot.add("changed since, and to be replaced", await hints(editor, uri))
        snapshot.add("pointing at them", await tips(editor, uri))
        await editor.edit(uri, '"Uploads"', '"Pictures"')
        snapshot.add("an id that is new", await hints(editor, uri))
    live.alchemy("destroy", "--stage", "prod", "--yes")
    async with Editor(live, stages=["prod"], stage="prod") as editor:
        uri = await editor.open(live.program)
        snapshot.add("destroyed; the bucket is retained", await hints(editor, uri))
        snapshot.add("pointing at them", await tips(editor, uri))
    snapshot.check()


async def test_what_is_not_known_is_not_made_up(still):
    snapshot = Snapshot("unknown", still)
    async with Editor(still, state="s3://acme-state/photos?endpoint=http://127.0.0.1:9") as editor:
        uri = await editor.open(still.program)
        snapshot.add("a store that does not answer: the readable part", await hints(editor, uri))
    snapshot.check()


async def test_hovers(live):
    snapshot = Snapshot("hover", live)
    live.alchemy("deploy", "--yes")
    async with Editor(live, stages=STAGES[1:]) as editor:
        uri = await editor.open(live.program)
        await editor.edit(uri, '"30 seconds"', '"45 seconds"')
        for text, into in [
            ('"Uploads"', 1),
            ('"Jobs"', 1),
            ('"JobsToApi"', 1),
            ("AWS.SQS.Queue(\"Dead\"", 9),
            ("memory: prod", 1),
            ("visibilityTimeout", 1),
            ("maxReceiveCount", 1),
            ("versioning", 1),
            ("stage === ", 1),
        ]:
            snapshot.add(f"on {text}", await editor.hover(uri, text, into))
        assert await editor.hover(uri, "label: Output") == ""
    snapshot.check()


async def test_lenses_symbols_and_stages(live):
    snapshot = Snapshot("stages", live)
    live.alchemy("deploy", "--yes")
    async with Editor(live, stages=STAGES[1:]) as editor:
        uri = await editor.open(live.program)
        for stage in STAGES[:2]:
            await editor.stage(stage)
            lenses = await asked(editor.client.text_document_code_lens_async(lsp.CodeLensParams(lsp.TextDocumentIdentifier(uri))))
            shown = [(lens.range.start, f"{lens.command.title} ⇒ {lens.command.command}") for lens in lenses]
            snapshot.add(f"code lenses, stage {stage}", lines_with(editor, uri, shown))
        await editor.edit(uri, "prod ? 1024 : 256", "prod ? 1024 : 512")
        await editor.stage("dev_sam")
        lenses = await asked(editor.client.text_document_code_lens_async(lsp.CodeLensParams(lsp.TextDocumentIdentifier(uri))))
        snapshot.add("the first code lens after a change", lenses[0].command.title)
        symbols = await asked(
            editor.client.text_document_document_symbol_async(lsp.DocumentSymbolParams(lsp.TextDocumentIdentifier(uri)))
        )
        lines = [f"{quoted(editor, uri, symbol.selection_range)}: {symbol.name}, {symbol.detail}" for symbol in symbols]
        snapshot.add("symbols", "\n".join(lines))
        answer = await editor.ask("alchemy/stages", {"uri": uri})
        lines = [f"current: {answer.current}"]
        for stage in answer.stages:
            about = {name: value for name, value in sorted(stage._asdict().items()) if name != "program"}
            lines.append(", ".join(f"{name} {value}" for name, value in about.items()))
        snapshot.add("alchemy/stages", "\n".join(lines))
        titles = list(await editor.actions(uri, '"Jobs"'))
        snapshot.add("actions on a resource", "\n".join(titles))
    snapshot.check()
