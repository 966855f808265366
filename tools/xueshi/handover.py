"""The handover offset, where the archive ends and the stream goes on: nothing may be missing between them."""

from dataclasses import dataclass
from datetime import datetime

from shared.eventlog.reader import Start
from tools.xueshi.archive import ArchivedSelection
from tools.xueshi.errors import OperatorError
from tools.xueshi.selection import Selection
from tools.xueshi.stream import first_offset


class HandoverGap(OperatorError):
    """Archive and stream do not meet."""


@dataclass(frozen=True)
class Handover:
    """The stream as it goes on behind what is archived of a selection."""

    amqp_uri: str
    stream: str
    selection: Selection
    archived: ArchivedSelection
    base: int = 0  # of the stream's generation: added to the broker's offsets; in all others already

    @property
    def start(self) -> Start:
        """The last archived event again, to compare it, or the first that is wanted behind it.

        A time, where nothing that is archived is so late: what the broker gives from before is passed over.
        """
        if isinstance(self.selection.since, datetime) and not self.archived.chosen:
            return self.selection.start
        return max((self._needed if self.archived.tail is None else self.archived.end) - self.base, 0)

    def check(self, offset: int, body: bytes) -> None:
        """Whether what the stream gives first is what must be there. Raises HandoverGap."""
        if offset == self.archived.end and self.archived.tail not in (None, body):
            raise recreated(self.archived.end)
        if offset > self._needed or isinstance(self.start, datetime):
            self._require_no_gap()

    @property
    def _needed(self) -> int:
        """The first offset that only the stream can have."""
        since = self.selection.since
        return max(self.archived.end + 1, since if isinstance(since, int) else 0)

    def _require_no_gap(self) -> None:
        """Ask where the stream begins: a missing offset says nothing, the broker's own notes take some."""
        begins = self.base + (first_offset(self.amqp_uri, self.stream) or 0)
        if begins > self._needed:
            raise HandoverGap(
                f"The archive ends at offset {self.archived.end} and the stream begins at {begins}: what was "
                "between has left the stream before it was archived, and audit's database alone has it. "
                f"With --source stream, or from {begins} on, the stream alone is read."
            )


def recreated(end: int) -> HandoverGap:
    """The error of a stream that does not hold what was archived up to offset `end`."""
    return HandoverGap(
        f"The stream does not hold what was archived up to offset {end}: it was deleted and recreated, and "
        "counts from 0. Once audit reads it, and where XUESHI_MONGO_URI_AUDIT is set, it goes on behind the "
        "archive; --source archive and --source stream read one of them alone."
    )
