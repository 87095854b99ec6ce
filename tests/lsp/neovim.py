"""Neovim as `cargo xtask setup` found or unpacked it."""

import os
import subprocess
from pathlib import Path

from project import BINARY, REPOSITORY, TOOLS, Project

NVIM = TOOLS / "nvim/nvim"
MISSING = TOOLS / "nvim/missing"
# The script gives up on a step much earlier, and says which.
PATIENCE = 600.0


def why_not() -> str | None:
    """Why there is none, if so; in CI that is no excuse."""
    if NVIM.exists() or os.environ.get("CI"):
        return None
    return MISSING.read_text().strip() if MISSING.exists() else "run `cargo xtask setup` first"


def environment(project: Project, folder: Path) -> dict[str, str]:
    homes = {f"XDG_{kind}_HOME": str(folder / kind.lower()) for kind in ("CONFIG", "DATA", "STATE", "CACHE")}
    plugin = {"PLUGIN": str(REPOSITORY / "editors/neovim"), "BINARY": BINARY, "PROGRAM": str(project.program)}
    return project.environment | homes | plugin | {"TERM": "xterm-256color", "LANG": "C.UTF-8"}


def run(project: Project, folder: Path, script: Path, more: dict[str, str]) -> str:
    """Runs a Lua script in a headless Neovim; gives what it printed. The script ends the editor; if it does not, we do."""
    folder.mkdir()
    command = [NVIM, "--headless", "-n", "-i", "NONE", "-u", "NONE", "-c", f"luafile {script}"]
    said = folder / "said"
    with said.open("w") as output:
        child = subprocess.Popen(
            command,
            cwd=project.folder,
            env=environment(project, folder) | more,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        try:
            status = child.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            raise AssertionError(f"Neovim did not end within {PATIENCE:.0f} s; it said last:\n{said.read_text()}") from None
    assert status == 0, f"Neovim ended with {status}; it said:\n{said.read_text()}"
    return said.read_text()
