"""Names in hints are the names that deploys create; they follow the text, and survive a broken one."""

import asyncio

import pytest

from editor import PATIENCE, Editor

STAGES = ["dev_sam", "pr-147", "prod"]
NAMED = {"Uploads", "Dead", "Jobs", "Api"}


def declared(recorded: dict[str, str]) -> dict[str, str]:
    """Only what the program declares itself, not what the catalog adds to it."""
    return {fqn: name for fqn, name in recorded.items() if "/" not in fqn}


async def test_hints_are_the_names_that_deploys_create(cloud_photos):
    async with Editor(cloud_photos, stages=STAGES[1:]) as editor:
        uri = await editor.open(cloud_photos.program)
        shown = {}
        for stage in STAGES:
            await editor.stage(stage)
            shown[stage] = await editor.names(uri)
            assert shown[stage].keys() == NAMED
        for stage in STAGES:
            cloud_photos.alchemy("deploy", "--stage", stage, "--yes")
            assert declared(cloud_photos.recorded(stage)) == shown[stage]
            assert set(shown[stage].values()) <= cloud_photos.listed()
        for stage in STAGES:
            await editor.stage(stage)
            assert await editor.names(uri) == shown[stage], "a recorded name is the computed one"


@pytest.mark.parametrize("said_by", ["settings", "variable"])
async def test_a_store_in_a_bucket_gives_its_own_names(cloud_photos, said_by):
    store = f"s3://team-{said_by}/photos"
    cloud_photos.alchemy("state", "init", store, "--yes")
    settings = {"state": store} if said_by == "settings" else {}
    if said_by == "variable":
        cloud_photos.environment["ALCHEMY_STATE"] = store
    async with Editor(cloud_photos, **settings) as editor:
        uri = await editor.open(cloud_photos.program)
        assert await editor.names(uri) == {}, "a realm that was not made yet is not made up"
        assert "photos-dev_sam-jobs-…" in (await editor.hints(uri))["Jobs"]
    cloud_photos.alchemy("deploy", "--yes", "--state", store)
    async with Editor(cloud_photos, **settings) as editor:
        uri = await editor.open(cloud_photos.program)
        cloud_photos.environment["ALCHEMY_STATE"] = store
        assert await editor.names(uri) == declared(cloud_photos.recorded("dev_sam"))
        assert all(hint.endswith("✓") for hint in (await editor.hints(uri)).values())


async def test_a_mapping_shows_what_it_joins(photos):
    async with Editor(photos) as editor:
        uri = await editor.open(photos.program)
        names, hints = await editor.names(uri), await editor.hints(uri)
        assert "JobsToApi" not in names
        assert f"{names['Jobs']} → {names['Api']}" in hints["JobsToApi"]


async def test_hints_follow_an_edit(cloud_photos):
    async with Editor(cloud_photos) as editor:
        uri = await editor.open(cloud_photos.program)
        before = await editor.names(uri)
        await editor.edit(uri, '"Jobs"', '"Tasks"')
        after = await editor.names(uri)
        assert after.keys() == {"Uploads", "Dead", "Tasks", "Api"}
        assert {i: n for i, n in after.items() if i != "Tasks"} == {i: n for i, n in before.items() if i != "Jobs"}
        cloud_photos.program.write_text(editor.texts[uri])
        cloud_photos.alchemy("deploy", "--yes")
        assert declared(cloud_photos.recorded("dev_sam")) == after


async def test_a_deploy_elsewhere_shows_without_a_keystroke(cloud_photos):
    async with Editor(cloud_photos) as editor:
        uri = await editor.open(cloud_photos.program)
        before = await editor.hints(uri)
        editor.news.clear()
        cloud_photos.alchemy("deploy", "--yes")
        editor.state_changed()
        async with asyncio.timeout(PATIENCE):
            while (after := await editor.hints(uri)) == before:
                await editor.news.wait()
                editor.news.clear()
        assert after.keys() == before.keys()


@pytest.mark.parametrize(
    "old, new",
    [
        ('const dead = yield* AWS.SQS.Queue("Dead"', 'const dead = yield* AWS.SQS.Queue((("Dead"'),
        ("const prod = stage", "const prod = = stage"),
        ("    return {", "    throw new Error('no');\n    return {"),
        ("    return {", "    for (;;) {}\n    return {"),
        ("    return {", "    const all = []; for (;;) all.push(new Array(1e6).fill(1));\n    return {"),
    ],
    ids=["unfinished", "syntax", "throws", "endless", "hungry"],
)
async def test_a_broken_program_keeps_its_last_good_hints(photos, old, new):
    async with Editor(photos) as editor:
        uri = await editor.open(photos.program)
        good = await editor.names(uri)
        assert good.keys() == NAMED and not await editor.errors(uri, some=False)
        await editor.edit(uri, old, new)
        found = await editor.errors(uri, some=True)
        for diagnostic in found:
            editor.at(uri, diagnostic.range.start)
            editor.at(uri, diagnostic.range.end)
        assert await editor.names(uri) == good, "the last good hints stay, each after its id"
        await editor.edit(uri, new, old)
        await editor.errors(uri, some=False)
        assert await editor.names(uri) == good


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
async def test_positions_are_counted_in_the_agreed_unit(photos, encoding):
    text = photos.program.read_text()
    wide = text.replace("yield* AWS.SQS.Queue(", "/* 日本 😀 é */ yield* AWS.SQS.Queue(").replace("const api =", "/* 👩‍👩‍👧 */ const api =")
    photos.program.write_text(wide)
    async with Editor(photos, encodings=(encoding,)) as editor:
        uri = await editor.open(photos.program)
        assert (editor.initialized.capabilities.position_encoding or "utf-16") == encoding
        assert (await editor.names(uri)).keys() == NAMED
        await editor.edit(uri, '"Jobs"', '"Tasks"')
        assert (await editor.names(uri)).keys() == (NAMED - {"Jobs"}) | {"Tasks"}


@pytest.mark.parametrize("client", ["visual-studio-code", "neovim", "emacs"])
async def test_every_client_gets_names(photos, client):
    async with Editor(photos, client=client) as editor:
        uri = await editor.open(photos.program)
        assert (await editor.names(uri)).keys() == NAMED
