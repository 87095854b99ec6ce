"""What the tests stand on."""

import pytest

from emulator import ministack
from project import Project


@pytest.fixture(scope="session")
def cloud(tmp_path_factory):
    """The endpoint of an emulated AWS."""
    with ministack(tmp_path_factory.mktemp("cloud")) as endpoint:
        yield endpoint


@pytest.fixture
def photos(tmp_path):
    """The program `04-photos`; there is no cloud."""
    return Project(tmp_path, "04-photos")


@pytest.fixture
def cloud_photos(tmp_path, cloud):
    """The program `04-photos`, against the emulated AWS."""
    return Project(tmp_path, "04-photos", cloud)


@pytest.fixture
def minimal(tmp_path):
    """The program `01-minimal`; there is no cloud."""
    return Project(tmp_path, "01-minimal")
