"""A project on disk with a home of its own, and the real binary run in it."""

import itertools
import json
import os
import shutil
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
TOOLS = REPOSITORY / ".tools"
BINARY = os.environ.get("ALCHEMY_BINARY", "alchemy")
# Each project has an account of its own: on the emulator, a 12-digit access key is one.
ACCOUNTS = itertools.count(111111111111)


class Project:
    """A copy of a program of `tests/programs`, with the packages that programs import."""

    def __init__(self, folder: Path, program: str, endpoint: str = "http://127.0.0.1:9"):
        self.folder = folder / "project"
        self.home = folder / "home"
        self.home.mkdir()
        shutil.copytree(REPOSITORY / "tests/programs" / program, self.folder)
        (self.folder / "package.json").write_text('{ "type": "module" }\n')
        (self.folder / "node_modules").symlink_to(TOOLS / "node/node_modules")
        self.environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(self.home),
            "USER": "sam",
            "TZ": "UTC",
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": str(next(ACCOUNTS)),
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
            "RUST_BACKTRACE": "1",
        }

    @property
    def program(self) -> Path:
        return self.folder / "alchemy.run.ts"

    def alchemy(self, *arguments: str) -> str:
        """Runs `alchemy ARGUMENTS`, which must succeed; gives its stdout."""
        done = subprocess.run([BINARY, *arguments], cwd=self.folder, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, f"alchemy {' '.join(arguments)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def recorded(self, stage: str, *more: str) -> dict[str, str]:
        """Resource and physical name of every object of a stage that has one, as state has them."""
        lines = self.alchemy("state", "ls", "--stage", stage, "--json", *more).splitlines()
        objects = [json.loads(line) for line in lines if line.startswith("{")]
        return {o["resource"]: o["name"] for o in objects if o.get("name")}

    def listed(self) -> set[str]:
        """Every name that the cloud's API lists, asked by a client that is not ours."""
        python = TOOLS / "venv/bin/python"
        done = subprocess.run(
            [python, REPOSITORY / "tests/tools/aws.py", "inventory"],
            env=self.environment | {"AWS_DEFAULT_REGION": "us-east-1"},
            capture_output=True,
            text=True,
            check=True,
        )
        return {name for names in json.loads(done.stdout).values() for name in names}
