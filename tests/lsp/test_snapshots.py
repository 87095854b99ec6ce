"""Every feature, as an editor shows it: one snapshot each."""

import asyncio
import difflib

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
        snapshot.add("pointing at it", (await tips(editor, uri)).split("photos-dev_sam-dead")[0])
        snapshot.add("the stages", await editor.hover(uri, "stage === "))
    snapshot.check()


async def test_names_made_of_what_other_stages_say(tmp_path, cloud):
    project = settle(Project(tmp_path, "05-references", cloud), "references")
    snapshot = Snapshot("references", project)
    program = project.program.read_text()
    project.program.write_text(program.replace('"Jobs", {', '"Jobs", { queueName: Output.interpolate`of-${backend.bucket}`,'))
    async with Editor(project, stages=["pr-1"]) as editor:
        uri = await editor.open(project.program)
        snapshot.add("the other stack was never deployed", await hints(editor, uri))
        snapshot.add("findings", told(editor, uri, await published(editor, uri)))
    project.alchemy("deploy", "backend.ts", "--yes")
    async with Editor(project, stages=["pr-1"]) as editor:
        uri = await editor.open(project.program)
        snapshot.add("its stage dev_sam was deployed", await hints(editor, uri))
        snapshot.add("findings then", told(editor, uri, await published(editor, uri)))
        shown = await editor.hints(uri)
        project.alchemy("deploy", "alchemy.run.ts", "--yes")
        recorded = project.recorded("dev_sam", "--stack", "Frontend")
        assert shown["Jobs"] == f"{recorded['Jobs']} +", "what a deploy then creates"
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


async def published(editor: Editor, uri: str) -> list[lsp.Diagnostic]:
    """What is wrong with the text as it is now: the editor's answer about it comes after what was published."""
    await editor.evaluated(uri)
    return sorted(editor.client.diagnostics.get(uri, []), key=lambda it: (it.range.start.line, it.range.start.character))


def told(editor: Editor, uri: str, found: list[lsp.Diagnostic]) -> str:
    lines = []
    for diagnostic in found:
        lines.append(f"{diagnostic.severity.name.lower()}[{diagnostic.code}] at {quoted(editor, uri, diagnostic.range)}")
        lines += [f"    {line}" for line in diagnostic.message.split("\n")]
        for other in diagnostic.related_information or []:
            lines.append(f"    {quoted(editor, uri, other.location.range)}: {other.message}")
    return "\n".join(lines) or "(nothing)"


def difference(before: str, after: str) -> str:
    changes = difflib.ndiff(before.split("\n"), after.split("\n"))
    return "\n".join(f"    {line.rstrip()}" for line in changes if line[0] in "+-")


async def fixes(editor: Editor, uri: str, found: list[lsp.Diagnostic]) -> str:
    """What the editor offers at each finding, and what the text is after it."""
    lines = []
    for diagnostic in found:
        context = lsp.CodeActionContext(diagnostics=[diagnostic])
        parameters = lsp.CodeActionParams(lsp.TextDocumentIdentifier(uri), diagnostic.range, context)
        for action in await asked(editor.client.text_document_code_action_async(parameters)) or []:
            fixed = getattr(action, "edit", None) and editor.applied(uri, action)
            if fixed and f"fix: {action.title}" not in lines:
                lines += [f"fix: {action.title}", difference(editor.texts[uri], fixed)]
    return "\n".join(lines)


WRONG = [
    ("an id that is none", '"Jobs"', '"Jo bs"'),
    ("an id twice", '"Dead"', '"Jobs"'),
    ("a stack's name that is none", '"photos"', '"my photos"'),
    ("a number that is out of range, in one stage", "prod ? 1024 : 256", "prod ? 64 : 256"),
    ("a number where a duration is meant", '"15 seconds"', "15"),
    ("a duration that is too long", '"15 seconds"', '"20 minutes"'),
    ("a prop that does not exist", "batchSize: 5", "batchSise: 5"),
    ("a value that does not exist", '"NONE" }', '"NOBODY" }'),
    ("a prop that is missing", "      functionName: api.functionName,\n", ""),
    ("a comparison that is never true", '=== "prod"', '=== "Prod"'),
    ("a comparison that is always true", 'stage === "prod"', 'stage !== "PR/7"'),
    ("a name by hand that is no name of the service", '"Jobs", {', '"Jobs", { queueName: "no good",'),
    ("a name by hand that does not vary by stage", '"Jobs", {', '"Jobs", { queueName: "jobs",'),
    ("a name by hand that two stages share", '"Jobs", {', '"Jobs", { queueName: prod ? "jobs-prod" : "jobs-test",'),
    ("a name by hand that two resources share", '"Dead", {', '"Dead", { queueName: `q-${stage}` });\n    yield* AWS.SQS.Queue("Twin", { queueName: `q-${stage}`,'),
    ("a queue that hides messages for less than the function may take", '"15 seconds"', '"1 minute"'),
    ("a file that is not there", '"./src/api.ts"', '"./src/apii.ts"'),
    ("an unfinished text", "const prod = stage", "const prod = = stage"),
    ("an error that the program throws", RETURN, "    throw new Error('no luck');\n" + RETURN),
    ("something that a program may not do", RETURN, '    yield* Effect.promise(() => fetch("https://example.com"));\n' + RETURN),
    ("an output taken for text", RETURN, "    const text = `${uploads.bucketName}`;\n" + RETURN),
]


async def test_findings_and_their_fixes(still):
    snapshot = Snapshot("diagnostics", still)
    async with Editor(still, stages=STAGES[1:]) as editor:
        uri = await editor.open(still.program)
        snapshot.add("the program as it is", told(editor, uri, await published(editor, uri)))
        usual = {diagnostic.code for diagnostic in await published(editor, uri)}
        for title, old, new in WRONG:
            before = editor.texts[uri]
            await editor.edit(uri, old, new)
            found = [it for it in await published(editor, uri) if it.code not in usual]
            parts = [difference(before, editor.texts[uri]), told(editor, uri, found), await fixes(editor, uri, found)]
            snapshot.add(title, "\n".join(part for part in parts if part))
            await editor.edit(uri, editor.texts[uri], before)
    snapshot.check()


async def test_a_changed_id(live):
    snapshot = Snapshot("changed-id", live)
    live.alchemy("deploy", "--yes")
    async with Editor(live) as editor:
        uri = await editor.open(live.program)
        await editor.edit(uri, '"Uploads"', '"Pictures"')
        found = [it for it in await published(editor, uri) if it.code != "public-url"]
        snapshot.add("a bucket's id is another one", told(editor, uri, found))
        snapshot.add("what is offered", await fixes(editor, uri, found))
    snapshot.check()


async def test_definitions(still):
    snapshot = Snapshot("definition", still)
    async with Editor(still) as editor:
        uri = await editor.open(still.program)
        for text, into in [("uploads.bucketName, QUEUE", 10), ("jobs.queueArn", 1), ("api.functionName", 6), ("url: api", 6), ("STAGE: stage", 9)]:
            parameters = lsp.DefinitionParams(lsp.TextDocumentIdentifier(uri), editor.on(uri, text, into))
            answer = await asked(editor.client.text_document_definition_async(parameters))
            snapshot.add(f"from {text[:into]}|{text[into:]}", quoted(editor, uri, answer.range) if answer else "(nowhere)")
    snapshot.check()


# What is typed over, and what stands there then; `|` is the cursor.
HALF_TYPED = [
    ("a stage compared", 'stage === "prod";', 'stage === "|'),
    ("a stage compared, its end typed by the editor", '"prod";', '"|";'),
    ("a stage compared, some of it typed", '"prod";', '"pr|";'),
    ("a stage in a switch", RETURN, '    switch (stage) {\n      case "|\n' + RETURN),
    ("an enumerated value", 'authType: "NONE"', 'authType: "|"'),
    ("an enumerated value, unfinished", 'authType: "NONE" },', 'authType: "|'),
    ("an enumerated value, unfinished, nothing after it", '"NONE" },', '"|\n'),
    ("an enumerated value in a branch", 'prod ? "Enabled"', 'prod ? "|"'),
    ("text that is free", '"./src/api.ts"', '"|"'),
]


async def test_completions_of_half_typed_code(still):
    snapshot = Snapshot("completion", still)
    async with Editor(still, stages=STAGES[1:]) as editor:
        uri = await editor.open(still.program)
        good = editor.texts[uri]
        for title, old, new in HALF_TYPED:
            at = good.index(old) + new.index("|")
            await editor.edit(uri, old, new.replace("|", ""))
            place = editor.position(uri, at)
            parameters = lsp.CompletionParams(lsp.TextDocumentIdentifier(uri), place)
            answer = await asked(editor.client.text_document_completion_async(parameters))
            items = answer if isinstance(answer, list) else answer.items if answer else []
            lines = [f"{item.label}: {item.detail}, in place of {quoted(editor, uri, item.text_edit.range)}" for item in items]
            snapshot.add(f"{title}\n\n{lines_with(editor, uri, [(place, '')])}", "\n".join(lines) or "(nothing)")
            await editor.edit(uri, editor.texts[uri], good)
    snapshot.check()


async def test_what_shows_without_a_keystroke(live):
    snapshot = Snapshot("live", live)
    async with Editor(live, stages=STAGES[2:]) as editor:
        uri = await editor.open(live.program)
        snapshot.add("before", await hints(editor, uri))
        for command in (["deploy"], ["destroy"]):
            before = await hints(editor, uri)
            editor.news.clear()
            live.alchemy(*command, "--yes")
            editor.state_changed()
            async with asyncio.timeout(PATIENCE):
                while await hints(editor, uri) == before:
                    await editor.news.wait()
                    editor.news.clear()
            snapshot.add(f"after a {command[0]} elsewhere", await hints(editor, uri))
        await editor.stage("prod")
        snapshot.add("after alchemy/setStage", await hints(editor, uri))
    snapshot.check()
