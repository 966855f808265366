"""Reading hours records and certificates, for those who may see them (R28–R30)."""

from services.certificate.domain import HoursRecord, RecordStatus
from services.certificate.domain.access import visible_to
from services.certificate.storage import HoursRecords
from shared.domain.errors import NotFound
from shared.domain.principal import Principal
from shared.persistence.objects import Objects


def list_records(
    records: HoursRecords, reader: Principal, status: RecordStatus | None, page: int
) -> list[HoursRecord]:
    """A page (from 1) of those that the reader may see."""
    return records.visible_to(reader, status, page)


def read_record(records: HoursRecords, enrollment_id: str, reader: Principal) -> HoursRecord:
    """Raises NotFound, whether there is none or it is not theirs to see."""
    return records.get(enrollment_id, authorise=visible_to(reader))


def read_certificate(
    records: HoursRecords, certificates: Objects, enrollment_id: str, reader: Principal
) -> tuple[str, bytes]:
    """Number and signed PDF. Raises NotFound also until it is issued, and Erased."""
    record = read_record(records, enrollment_id, reader)
    if record.certificate is None or record.number is None:
        raise NotFound(what="Certificate")
    return record.number, certificates.get_sealed(record.person_id, record.certificate.object_key)
