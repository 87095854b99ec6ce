"""The session itself: hello and goodbye."""

import pytest

from editor import Editor
from project import BINARY
from wire import PATIENCE, Wire


async def test_the_server_says_who_it_is_and_goes_when_told(minimal):
    async with Editor(minimal) as editor:
        assert editor.initialized.server_info.name == "alchemy"


@pytest.mark.parametrize("said", [["shutdown", "exit"], ["exit"], []], ids=["shutdown", "no-shutdown", "hung-up"])
def test_the_exit_status_says_whether_the_editor_said_goodbye(minimal, said):
    wire = Wire([BINARY, "lsp"], minimal.folder, minimal.environment)
    wire.initialize(minimal.folder, {}, {})
    if "shutdown" in said:
        wire.ask("shutdown")
    if "exit" in said:
        wire.notify("exit", None)
    else:
        wire.process.stdin.close()
    assert wire.process.wait(timeout=PATIENCE) == (0 if "shutdown" in said else 1)
