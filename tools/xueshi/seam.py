"""Where archive and stream meet: the stream must be the archive's own, and nothing may be missing between."""

from dataclasses import dataclass
from datetime import datetime

from tools.xueshi.archive import ArchivedPart
from tools.xueshi.errors import OperatorError
from tools.xueshi.follow import first_offset
from tools.xueshi.selection import Selection
from tools.xueshi.stream import Start


class Severed(OperatorError):
    """Archive and stream do not meet."""


@dataclass(frozen=True)
class Seam:
    """The stream as it goes on behind an archived part."""

    amqp_uri: str
    stream: str
    selection: Selection
    part: ArchivedPart
    base: int = 0  # of the stream: added to the broker's offsets, all other offsets have it in them

    @property
    def start(self) -> Start:
        """The last archived event again, to compare it, or the first that is wanted behind it.

        A time, where nothing that is archived is so late: what the broker gives from before is passed over.
        """
        if isinstance(self.selection.since, datetime) and not self.part.chosen:
            return self.selection.start
        return max((self._needed if self.part.tail is None else self.part.end) - self.base, 0)

    def check(self, offset: int, body: bytes) -> None:
        """Whether what the stream gives first is what must be there. Raises Severed."""
        if offset == self.part.end and self.part.tail not in (None, body):
            raise made_anew(self.part.end)
        if offset > self._needed or isinstance(self.start, datetime):
            self._require_no_gap()

    @property
    def _needed(self) -> int:
        """The first offset that only the stream can have."""
        since = self.selection.since
        return max(self.part.end + 1, since if isinstance(since, int) else 0)

    def _require_no_gap(self) -> None:
        """Ask where the stream begins: a missing offset says nothing, the broker's own notes take some."""
        begins = self.base + (first_offset(self.amqp_uri, self.stream) or 0)
        if begins > self._needed:
            raise Severed(
                f"The archive ends at offset {self.part.end} and the stream begins at {begins}: what lay "
                "between has left the stream before it was archived, and audit's database alone has it. "
                f"With --source stream, or from {begins} on, the stream alone is read."
            )


def made_anew(end: int) -> Severed:
    """What to tell an operator."""
    return Severed(
        f"The stream does not hold what was archived up to offset {end}: it was deleted and made anew, and "
        "counts from 0. Once audit reads it, and where XUESHI_MONGO_URI_AUDIT is set, it goes on behind the "
        "archive; --source archive and --source stream read one of them alone."
    )
