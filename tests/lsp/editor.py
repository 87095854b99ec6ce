"""An editor: pytest-lsp's client, with what the tests ask of it again and again."""

import asyncio
import re
from pathlib import Path

from lsprotocol import types as lsp
from pytest_lsp import client_capabilities, make_test_lsp_client

from project import BINARY, Project

PATIENCE = 60.0
NAME = re.compile(r"[a-z0-9/_.-]*-[a-z2-7]{10}(\.fifo)?")


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
        self.news = asyncio.Event()
        self._listen()

    def _listen(self) -> None:
        client = self.client

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
        if kind is None:
            await asyncio.wait_for(self.client.shutdown_session(), PATIENCE)
            assert self.client._server.returncode == 0, "the server left with an error"
        await self.client.stop()
