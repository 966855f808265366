"""The mutation tester reads properties as methods, counts, and keeps what people have judged."""

from tests.mutation.mutant import Mutant, figures
from tests.mutation.page import UNJUDGED, judgements_in, unjudged, write_page
from tests.mutation.tree import without_property_decorators

PROPERTIES = '''
class Order:
    """订单."""

    kind: str

    @property
    def paid(self) -> bool:
        """已支付."""
        return True

    @classmethod
    def open(cls) -> "Order":
        return cls()

    @property
    def open_for_payment(self) -> bool:
        return not self.paid
'''


def a_mutant(status="survived", service="payment", was="a | b", became="a & b"):
    return Mutant(
        name="services.payment.domain.order.xǁOrderǁwait__mutmut_1", service=service,
        where="order.py Order.wait", status=status, seconds=0.1, was=was, became=became,
    )  # fmt: skip


def test_a_property_becomes_a_method_and_stays_a_property():
    source = without_property_decorators(PROPERTIES)
    names: dict[str, type] = {}
    exec(compile(source, "order.py", "exec"), names)
    order = names["Order"].open()
    assert (order.paid, order.open_for_payment) == (True, False)
    assert "@property" not in source
    assert "@classmethod" in source


def test_source_without_properties_stays_as_it_is():
    assert without_property_decorators("x = 1\n") == "x = 1\n"


def test_the_score_is_the_share_of_those_that_a_test_noticed():
    statuses = ["killed", "killed", "timeout", "survived", "no tests", "not checked"]
    counts = figures([a_mutant(status) for status in statuses])
    assert counts == {"killed": 3, "timed_out": 1, "survived": 2, "unchecked": 1, "score": 0.6}


def test_no_mutants_are_no_score():
    assert figures([])["score"] == 0.0


def test_a_judgement_is_kept_until_its_survivor_is_gone(tmp_path):
    page = tmp_path / "mutants.md"
    survivor, another = a_mutant(), a_mutant(was="x = 1", became="x = 2")
    write_page([survivor, another, a_mutant("killed")], ["payment"], page)
    assert unjudged(page) == 2
    page.write_text(page.read_text().replace(UNJUDGED, "equivalent: both are sets", 1))
    write_page([survivor, another], ["payment"], page)
    assert list(judgements_in(page.read_text()).values()) == ["equivalent: both are sets", UNJUDGED]
    write_page([another], ["payment"], page)
    assert list(judgements_in(page.read_text()).values()) == [UNJUDGED]


def test_the_sections_of_other_services_stay(tmp_path):
    page = tmp_path / "mutants.md"
    write_page([a_mutant(service="audit"), a_mutant()], ["audit", "payment"], page)
    before = page.read_text()
    write_page([a_mutant()], ["payment"], page)
    assert page.read_text() == before
