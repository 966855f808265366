"""What audit needs from the environment."""

from dataclasses import dataclass
from pathlib import Path

from shared.settings import ServiceSettings


@dataclass(frozen=True, kw_only=True)
class AuditSettings(ServiceSettings):
    """Settings of the events process, which archives the log and derives completed studies.

    A segment closes with whichever of its three limits is met first. Its age must stay far below the 30 days
    that the stream keeps.
    """

    archive_private_key: Path  # P-256, PEM: signs manifests
    archive_bucket: str = "log-archive"
    archive_entries: int = 50_000
    archive_bytes: int = 64_000_000  # before compression; a reader holds so much in memory
    archive_seconds: int = 86_400  # the age of the oldest event in it
    derivation_settle_seconds: int = 60  # R28: a dispute is published no earlier after the end of a study
    derivation_deadline_seconds: int = 300  # R28: then what stands is published, whatever is missing
    archive_lock_days: int = 3_650  # nobody can delete a segment for so long; 0: no lock is asked for
