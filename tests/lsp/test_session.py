"""The session itself: hello and goodbye."""

from editor import Editor


async def test_the_server_says_who_it_is_and_goes_when_told(minimal):
    async with Editor(minimal) as editor:
        assert editor.initialized.server_info.name == "alchemy"
