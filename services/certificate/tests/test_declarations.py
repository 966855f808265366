"""Which declaration of a learner a record keeps, in whatever order they come (R5)."""

from services.certificate.tests.builders import Study


def test_a_late_declaration_does_not_undo_a_correction():
    study, record = Study(), Study().record()
    record.declare(study.declared(sequence=3), "corrected")
    record.declare(study.declared(sequence=1), "first")
    assert (record.personal, record.declared_sequence) == ("corrected", 3)


def test_the_first_declaration_is_taken():
    study, record = Study(), Study().record()
    record.declare(study.declared(sequence=1), "first")
    assert (record.personal, record.declared_sequence) == ("first", 1)


def test_a_repeat_of_the_last_declaration_changes_nothing():
    study, record = Study(), Study().record()
    record.declare(study.declared(sequence=3), "first")
    record.declare(study.declared(sequence=3), "again")
    assert record.personal == "first"
