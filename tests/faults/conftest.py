"""What the people in front of the camera show."""

from pathlib import Path

import pytest

from testkit.media.rendering import MEDIA, render_media


@pytest.fixture(scope="session")
def media() -> Path:
    """Photos, synthetic camera frames and lesson videos."""
    render_media(MEDIA)
    return MEDIA
