"""An editor: pytest-lsp's client, with what the tests ask of it again and again."""

import asyncio
import re
from pathlib import Path

from lsprotocol import types as lsp
from pytest_lsp import client_capabilities, make_test_lsp_client

from project import BINARY, Project

PATIENCE = 60.0
NAME = re.compile(r"[a-z0-9/_.-]+-[a-z2-7]{10}(\.fifo)?")
IDENTIFIER = re.compile(r"""["'`]([A-Za-z0-9_.-]+)["'`]$""")


class Editor:
    """One session with the server over stdio; use it with `async with`."""

    def __init__(self, project: Project, client: str = "visual-studio-code", encodings=("utf-16",), **settings):
        self.project = project
        self.client = make_test_lsp_client()
        self.capabilities = client_capabilities(client)
        self.capabilities.general = self.capabilities.general or lsp.GeneralClientCapabilities()
        self.capabilities.general.position_encodings = [lsp.PositionEncodingKind(e) for e in encodings]
        self.settings = settings
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.published: dict[str, lsp.PublishDiagnosticsParams] = {}
        self.registered: list[str] = []
        self.news = asyncio.Event()
        self._listen()

    def _listen(self) -> None:
        client = self.client

        @client.feature(lsp.CLIENT_REGISTER_CAPABILITY)
        def registered(parameters: lsp.RegistrationParams):
            self.registered += [registration.method for registration in parameters.registrations]

        @client.feature("workspace/inlayHint/refresh")
        def refreshed(_):
            self.news.set()

        @client.feature("workspace/codeLens/refresh")
        def lenses_refreshed(_):
            self.news.set()

        @client.feature("alchemy/stagesChanged")
        def stages_changed(_):
            self.news.set()

    async def __aenter__(self):
        await self.client.start_io(BINARY, "lsp", env=self.project.environment, cwd=self.project.folder)
        folder = lsp.WorkspaceFolder(uri=self.project.folder.as_uri(), name="project")
        self.initialized = await self.client.initialize_session(
            lsp.InitializeParams(
                capabilities=self.capabilities,
                workspace_folders=[folder],
                root_uri=folder.uri,
                initialization_options={"stages": [], **self.settings},
            )
        )
        return self

    async def __aexit__(self, kind, _error, _trace):
        if kind is not None:
            self.client._server.kill()
        else:
            await asyncio.wait_for(self.client.shutdown_session(), PATIENCE)
            assert self.client._server.returncode == 0, "the server left with an error"
        await self.client.stop()

    async def ask(self, method: str, parameters):
        """A request that is not of the protocol itself."""
        answer = self.client.protocol.send_request_async(method, parameters)
        return await asyncio.wait_for(answer, PATIENCE)

    async def open(self, path: Path) -> str:
        """Opens a file and waits until it has been evaluated; gives its URI."""
        uri = path.as_uri()
        self.texts[uri], self.versions[uri] = path.read_text(), 1
        item = lsp.TextDocumentItem(uri=uri, language_id="typescript", version=1, text=self.texts[uri])
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(text_document=item))
        await self.evaluated(uri)
        return uri

    async def edit(self, uri: str, old: str, new: str) -> None:
        """Replaces the only `old` in the text, as an editor would, and waits until it has been evaluated."""
        text = self.texts[uri]
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in the text"
        at = text.index(old)
        start, end = self.position(uri, at), self.position(uri, at + len(old))
        self.texts[uri] = text[:at] + new + text[at + len(old) :]
        self.versions[uri] += 1
        change = lsp.TextDocumentContentChangePartial(range=lsp.Range(start, end), text=new)
        identifier = lsp.VersionedTextDocumentIdentifier(uri=uri, version=self.versions[uri])
        self.client.text_document_did_change(lsp.DidChangeTextDocumentParams(text_document=identifier, content_changes=[change]))
        await self.evaluated(uri)

    async def evaluated(self, uri: str) -> None:
        await self.ask("alchemy/evaluated", {"uri": uri, "version": self.versions[uri]})

    def position(self, uri: str, at: int) -> lsp.Position:
        """The position of a character of the text, in the unit that was agreed on."""
        before = self.texts[uri][:at]
        line = before.rsplit("\n", 1)[-1]
        return lsp.Position(line=before.count("\n"), character=self.width(line))

    def width(self, text: str) -> int:
        agreed = self.initialized.capabilities.position_encoding or "utf-16"
        return len(text.encode("utf-8")) if agreed == "utf-8" else len(text.encode("utf-16-le")) // 2

    def on(self, uri: str, text: str, into: int = 1) -> lsp.Position:
        """The position `into` characters into the only such text."""
        assert self.texts[uri].count(text) == 1, text
        return self.position(uri, self.texts[uri].index(text) + into)

    def at(self, uri: str, position: lsp.Position) -> tuple[str, str]:
        """A line, before and after a position."""
        line = self.texts[uri].split("\n")[position.line]
        for cut in range(len(line) + 1):
            if self.width(line[:cut]) == position.character:
                return line[:cut], line[cut:]
        raise AssertionError(f"{position} is no place in {line!r}")

    async def hints(self, uri: str) -> dict[str, str]:
        """The text of each hint, by the id that it stands after."""
        whole = lsp.Range(lsp.Position(0, 0), lsp.Position(self.texts[uri].count("\n") + 1, 0))
        identifier = lsp.TextDocumentIdentifier(uri=uri)
        asked = self.client.text_document_inlay_hint_async(lsp.InlayHintParams(text_document=identifier, range=whole))
        found = {}
        for hint in await asyncio.wait_for(asked, PATIENCE) or []:
            before, _ = self.at(uri, hint.position)
            match = IDENTIFIER.search(before)
            assert match, f"a hint stands after {before!r}"
            label = hint.label if isinstance(hint.label, str) else "".join(part.value for part in hint.label)
            assert match[1] not in found, f"two hints for {match[1]}"
            found[match[1]] = label.strip()
        return found

    async def names(self, uri: str) -> dict[str, str]:
        """Physical names in the hints, by id; only those of resources that have one."""
        matches = {identifier: NAME.match(label) for identifier, label in (await self.hints(uri)).items() if "→" not in label}
        return {identifier: match[0] for identifier, match in matches.items() if match}

    async def errors(self, uri: str, some: bool) -> list[lsp.Diagnostic]:
        """Errors of a file, once there are `some`, or none."""
        async with asyncio.timeout(PATIENCE):
            while True:
                found = [d for d in self.client.diagnostics.get(uri, []) if d.severity == lsp.DiagnosticSeverity.Error]
                if bool(found) == some:
                    return found
                await self.client.wait_for_notification(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)

    def state_changed(self) -> None:
        """Tells the server, as editors do that watch files, that state was written."""
        assert lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES in self.registered
        files = [file for file in (self.project.folder / ".alchemy/state").rglob("*") if file.is_file()]
        changes = [lsp.FileEvent(uri=file.as_uri(), type=lsp.FileChangeType.Changed) for file in files]
        self.client.workspace_did_change_watched_files(lsp.DidChangeWatchedFilesParams(changes=changes))

    async def stage(self, stage: str) -> None:
        """Makes a stage the current one."""
        await self.ask("alchemy/setStage", {"stage": stage})

    async def hover(self, uri: str, text: str, into: int = 1) -> str:
        """The Markdown for a place, without anything but text."""
        identifier = lsp.TextDocumentIdentifier(uri=uri)
        asked = self.client.text_document_hover_async(lsp.HoverParams(identifier, self.on(uri, text, into)))
        answer = await asyncio.wait_for(asked, PATIENCE)
        return answer.contents.value if answer else ""

    async def actions(self, uri: str, text: str, into: int = 1) -> dict[str, lsp.CodeAction]:
        """Code actions at a place, by title."""
        place = self.on(uri, text, into)
        context = lsp.CodeActionContext(diagnostics=[])
        parameters = lsp.CodeActionParams(lsp.TextDocumentIdentifier(uri=uri), lsp.Range(place, place), context)
        answer = await asyncio.wait_for(self.client.text_document_code_action_async(parameters), PATIENCE)
        return {action.title: action for action in answer or []}

    def applied(self, uri: str, action: lsp.CodeAction) -> str:
        """The text after a code action's edits."""
        lines = self.texts[uri].split("\n")
        starts = [sum(len(line) + 1 for line in lines[:n]) for n in range(len(lines))]

        def offset(position: lsp.Position) -> int:
            return starts[position.line] + len(self.at(uri, position)[0])

        text = self.texts[uri]
        edits = action.edit.changes[uri]
        for edit in sorted(edits, key=lambda e: offset(e.range.start), reverse=True):
            text = text[: offset(edit.range.start)] + edit.new_text + text[offset(edit.range.end) :]
        return text
