"""The stand-in's settings: one account."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from testkit.peers.settings import data_directory, required


@dataclass(frozen=True, kw_only=True)
class SmsStandInSettings:
    """``limit_per_minute``: messages a minute to one number, 1 at the real operator; 0 is no limit."""

    access_key_id: str
    access_key_secret: str = field(repr=False)
    data: Path
    limit_per_minute: int = 0

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "SmsStandInSettings":
        """Read ``SMS_*``. Raises ValueError that names a missing variable."""
        return cls(
            access_key_id=required(environ, "SMS_ACCESS_KEY_ID"),
            access_key_secret=required(environ, "SMS_ACCESS_KEY_SECRET"),
            data=data_directory(environ, "SMS_DATA"),
            limit_per_minute=int(environ.get("SMS_LIMIT_PER_MINUTE", "0")),
        )
