"""Everything else the editor offers, through a real client: hover, symbols, lenses, definition, completion, quick fixes, stages."""

import asyncio

from lsprotocol import types as lsp

from editor import PATIENCE, Editor

STAGES = ["dev_sam", "pr-147", "prod"]


async def test_the_hover_tells_all_stages_apart(photos):
    async with Editor(photos, stages=STAGES[1:]) as editor:
        uri = await editor.open(photos.program)
        said = await editor.hover(uri, '"Api"')
        for stage, name in zip(STAGES, ["photos-dev_sam-api-", "photos-pr_147-api-", "photos-prod-api-"], strict=True):
            row = next(line for line in said.splitlines() if line.startswith(f"| `{stage}`"))
            assert name in row and "not deployed" in row, said
        assert "1024 in prod" in said and "256 elsewhere" in said, said


async def test_the_hover_of_a_prop_is_its_documentation(photos):
    async with Editor(photos) as editor:
        uri = await editor.open(photos.program)
        said = await editor.hover(uri, "memory: prod")
        assert "memory" in said and "128" in said and "10240" in said, said


async def test_the_hover_of_the_stage_says_where_it_comes_from(photos):
    async with Editor(photos, stages=["prod"]) as editor:
        uri = await editor.open(photos.program)
        said = await editor.hover(uri, "stage === ")
        assert "dev_sam" in said and "prod" in said, said


async def test_symbols_are_the_resources_in_order(photos):
    async with Editor(photos) as editor:
        uri = await editor.open(photos.program)
        asked = editor.client.text_document_document_symbol_async(lsp.DocumentSymbolParams(lsp.TextDocumentIdentifier(uri)))
        symbols = await asyncio.wait_for(asked, PATIENCE)
        assert [symbol.name for symbol in symbols] == ["Uploads", "Dead", "Jobs", "Api", "JobsToApi"]
        for symbol in symbols:
            _, after = editor.at(uri, symbol.selection_range.start)
            assert after.startswith(f'"{symbol.name}"') or after.startswith(symbol.name), after


async def test_lenses_carry_what_the_client_needs_to_run_them(photos):
    async with Editor(photos) as editor:
        uri = await editor.open(photos.program)
        await editor.stage("prod")
        asked = editor.client.text_document_code_lens_async(lsp.CodeLensParams(lsp.TextDocumentIdentifier(uri)))
        lenses = await asyncio.wait_for(asked, PATIENCE)
        commands = [lens.command for lens in lenses]
        assert [command.command for command in commands] == ["alchemy.pickStage", "alchemy.plan", "alchemy.deploy", "alchemy.destroy"]
        assert "prod" in commands[0].title and "not deployed" in commands[0].title
        expected = {"program": str(photos.program), "folder": str(photos.folder), "stage": "prod", "stack": "photos"}
        for command in commands:
            (argument,) = command.arguments
            assert {key: getattr(argument, key) if not isinstance(argument, dict) else argument[key] for key in expected} == expected


async def test_definition_leads_from_an_output_to_its_resource(photos):
    async with Editor(photos) as editor:
        uri = await editor.open(photos.program)
        at = editor.on(uri, "eventSourceArn: jobs.queueArn", len("eventSourceArn: jobs.que"))
        asked = editor.client.text_document_definition_async(lsp.DefinitionParams(lsp.TextDocumentIdentifier(uri), at))
        answer = await asyncio.wait_for(asked, PATIENCE)
        found = answer[0] if isinstance(answer, list) else answer
        line = editor.texts[uri].split("\n")[(getattr(found, "range", None) or found.target_range).start.line]
        assert '"Jobs"' in line, line


async def labels(editor: Editor, uri: str, text: str, into: int) -> list[str]:
    asked = editor.client.text_document_completion_async(
        lsp.CompletionParams(lsp.TextDocumentIdentifier(uri), editor.on(uri, text, into))
    )
    answer = await asyncio.wait_for(asked, PATIENCE)
    items = answer if isinstance(answer, list) else answer.items if answer else []
    return [item.label for item in items]


async def test_stages_and_enumerated_values_are_completed(photos):
    async with Editor(photos, stages=["pr-147"]) as editor:
        uri = await editor.open(photos.program)
        offered = await labels(editor, uri, 'stage === "prod"', len('stage === "'))
        assert {"dev_sam", "pr-147", "prod"} <= set(offered), offered
        offered = await labels(editor, uri, 'authType: "NONE"', len('authType: "'))
        assert {"NONE", "AWS_IAM"} <= set(offered), offered


async def test_a_comparison_that_can_never_be_true_has_a_fix(photos):
    async with Editor(photos) as editor:
        uri = await editor.open(photos.program)
        await editor.edit(uri, '=== "prod"', '=== "Prod"')
        (fix,) = [a for t, a in (await editor.actions(uri, '"Prod"')).items() if t.startswith("Change to")]
        assert editor.applied(uri, fix) == photos.program.read_text()


async def test_an_unknown_prop_has_a_fix(photos):
    async with Editor(photos) as editor:
        uri = await editor.open(photos.program)
        await editor.edit(uri, "batchSize: 5", "batchSise: 5")
        (fix,) = [a for t, a in (await editor.actions(uri, "batchSise")).items() if "batchSize" in t]
        assert editor.applied(uri, fix) == photos.program.read_text()


async def test_what_is_wrong_in_one_stage_says_in_which(photos):
    async with Editor(photos, stages=["prod"]) as editor:
        uri = await editor.open(photos.program)
        await editor.edit(uri, "prod ? 1024 : 256", "prod ? 64 : 256")
        (found,) = await editor.errors(uri, some=True)
        assert "prod" in found.message and "memory" in found.message, found.message
        assert editor.at(uri, found.range.start)[1].startswith("memory"), found.range


async def test_a_changed_id_offers_to_keep_the_object(cloud_photos):
    cloud_photos.alchemy("deploy", "--yes")
    async with Editor(cloud_photos) as editor:
        uri = await editor.open(cloud_photos.program)
        before = await editor.names(uri)
        await editor.edit(uri, '"Uploads"', '"Pictures"')
        (fix,) = [a for t, a in (await editor.actions(uri, '"Pictures"')).items() if "renamedFrom" in t]
        fixed = editor.applied(uri, fix)
        await editor.edit(uri, editor.texts[uri], fixed)
        assert (await editor.names(uri))["Pictures"] == before["Uploads"], "the record goes with the new id"


def fields(value) -> dict:
    return value if isinstance(value, dict) else value._asdict() if hasattr(value, "_asdict") else vars(value)


async def test_stages_say_where_they_stand_and_why_they_are_listed(cloud_photos):
    cloud_photos.alchemy("deploy", "--stage", "pr-147", "--yes")
    cloud_photos.alchemy("deploy", "--stage", "pr-9", "--yes")
    cloud_photos.alchemy("destroy", "--stage", "pr-9", "--yes")
    async with Editor(cloud_photos, stages=["prod"]) as editor:
        uri = await editor.open(cloud_photos.program)
        answer = fields(await editor.ask("alchemy/stages", {"uri": uri}))
        stages = {fields(s)["stage"]: fields(s) for s in answer["stages"]}
        assert answer["current"] == "dev_sam"
        assert {n: (s["state"], s["source"]) for n, s in stages.items()} == {
            "dev_sam": ("not-deployed", "default"),
            "pr-147": ("deployed", "state"),
            "pr-9": ("destroyed", "state"),
            "prod": ("not-deployed", "settings"),
        }
        assert stages["pr-147"]["deployedBy"].startswith("sam") and stages["pr-147"]["resources"] == 5
        actions = await editor.actions(uri, '"Jobs"')
        assert [t for t in actions if "prod" in t], list(actions)


async def test_the_settings_can_change_while_the_server_runs(photos):
    async with Editor(photos) as editor:
        uri = await editor.open(photos.program)
        settings = {"alchemy": {"stages": ["qa"], "stage": "qa"}}
        editor.client.workspace_did_change_configuration(lsp.DidChangeConfigurationParams(settings))
        await editor.evaluated(uri)
        assert (await editor.names(uri))["Jobs"].startswith("photos-qa-jobs-")
