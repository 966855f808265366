"""Rules of money, without anything around them."""

from copy import deepcopy
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payment.domain import FeeStatus, Objection, OrderStatus, Refund
from services.payment.domain.fee import FeeIsPaid, FeeIsWithdrawn, NothingDue
from services.payment.domain.order import MOST_PATIENT
from services.payment.tests.builders import LIFETIME, NOW, SILENCE, a_fee, a_payment, an_order
from shared.events.payment import OrderOpened, PaymentConfirmed, PaymentRefunded, PaymentRefused
from shared.events.terms import Channel

FEE = 60_000


def kinds(aggregate):
    return [type(it) for it in aggregate.events]


# ---- the fee (R11, R13) ----


def test_the_whole_fee_is_confirmed():
    fee = a_fee()
    fee.receive(a_payment())
    assert fee.status is FeeStatus.PAID
    assert fee.events == [
        PaymentConfirmed(
            order_id="order-1", enrollment_id="enrollment-1", person_id="person-1", amount_fen=FEE,
            channel=Channel.WECHAT, transaction_id="4200001", paid_at=NOW,
        )
    ]  # fmt: skip


def snapshot(aggregate):
    """All of its state and events, apart from the object itself."""
    return deepcopy(vars(aggregate))


def test_a_repeat_changes_nothing():
    fee = a_fee()
    fee.receive(a_payment())
    before = snapshot(fee)
    fee.receive(a_payment())
    assert vars(fee) == before


def test_a_repeat_of_a_refused_payment_changes_nothing():
    fee = a_fee()
    fee.receive(a_payment(amount_fen=FEE - 1))
    before = snapshot(fee)
    fee.receive(a_payment(amount_fen=FEE - 1))
    assert vars(fee) == before


@pytest.mark.parametrize("amount_fen", [0, 1, FEE - 1, FEE + 1, -FEE])
def test_another_amount_is_refused_once_and_the_fee_stays_due(amount_fen):
    fee = a_fee()
    for _ in range(3):
        fee.receive(a_payment(amount_fen=amount_fen))
    assert fee.status is FeeStatus.DUE
    assert fee.events == [
        PaymentRefused(
            order_id="order-1", enrollment_id="enrollment-1", amount_fen=amount_fen, channel=Channel.WECHAT,
            transaction_id="4200001", reason="wrong_amount",
        )
    ]  # fmt: skip


def test_a_second_order_paid_is_refused_as_a_second_payment():
    fee = a_fee()
    fee.receive(a_payment())
    fee.receive(a_payment(order_id="order-2", transaction_id="4200002"))
    assert [it.reason for it in fee.events[1:]] == [Objection.SECOND_PAYMENT]
    assert fee.paid_by == "order-1"


def test_a_second_transaction_of_the_same_order_waits_for_a_person():
    fee = a_fee()
    fee.receive(a_payment())
    fee.receive(a_payment(transaction_id="4200002"))
    assert [it.reason for it in fee.events[1:]] == [Objection.SECOND_TRANSACTION]


def test_what_arrives_after_the_withdrawal_is_refused():
    fee = a_fee()
    fee.withdraw()
    fee.receive(a_payment())
    assert fee.status is FeeStatus.WITHDRAWN
    assert [it.reason for it in fee.events] == [Objection.WITHDRAWN]


@pytest.mark.parametrize(
    ("fee", "refusal"),
    [
        (a_fee(status=FeeStatus.PAID), FeeIsPaid),
        (a_fee(status=FeeStatus.WITHDRAWN), FeeIsWithdrawn),
        (a_fee(fee_fen=0), NothingDue),
    ],
)
def test_no_order_opens_when_nothing_is_due(fee, refusal):
    with pytest.raises(refusal):
        an_order(fee)


payments = st.builds(
    a_payment,
    order_id=st.sampled_from(["order-1", "order-2", "order-3"]),
    transaction_id=st.sampled_from(["t1", "t2", "t3", "t4"]),
    amount_fen=st.one_of(st.just(FEE), st.integers(-1, 2 * FEE)),
)


@given(st.lists(payments, max_size=30), st.integers(0, 30))
def test_whatever_arrives_in_whatever_order_a_fee_is_confirmed_at_most_once(arriving, withdrawn_after):
    fee = a_fee()
    for number, payment in enumerate(arriving):
        if number == withdrawn_after:
            fee.withdraw()
        fee.receive(payment)
    confirmed = [it for it in fee.events if isinstance(it, PaymentConfirmed)]
    due = [it for it in arriving[:withdrawn_after] if it.amount_fen == FEE]
    assert len(confirmed) == (1 if due else 0)
    assert all(it.amount_fen == FEE and type(it.amount_fen) is int for it in confirmed)
    refused = [it.transaction_id for it in fee.events if isinstance(it, PaymentRefused)]
    assert len(refused) == len(set(refused))


@given(st.lists(payments, max_size=15))
def test_repeats_at_any_time_record_nothing_new(arriving):
    once, often = a_fee(), a_fee()
    for number, payment in enumerate(arriving, start=1):
        once.receive(payment)
        for told_so_far in arriving[:number]:
            often.receive(told_so_far)
    assert once.events == often.events


# ---- orders ----


def test_an_order_is_for_the_whole_fee_and_says_so():
    order = an_order()
    assert order.amount_fen == FEE
    assert order.expires_at == NOW + LIFETIME
    assert kinds(order) == [OrderOpened]


def test_an_order_ends_at_a_whole_second_so_that_the_channel_is_always_told_the_same():
    assert an_order(now=NOW + timedelta(microseconds=123_456)).expires_at == NOW + LIFETIME


def test_a_silent_channel_is_asked_ever_less_often_until_the_order_expires():
    order, asked = an_order(), []
    while order.query_at <= order.expires_at:
        asked.append(order.query_at - NOW)
        order.wait(order.query_at)
    gaps = [later - earlier for earlier, later in pairwise(asked)]
    assert asked[0] == SILENCE
    assert asked[-1] == LIFETIME
    assert gaps[:3] == [timedelta(seconds=10), timedelta(seconds=20), timedelta(seconds=40)]
    assert max(gaps) == MOST_PATIENT
    assert min(gaps) > timedelta(0)


@pytest.mark.parametrize("status", [OrderStatus.OPEN, OrderStatus.CLOSED, OrderStatus.REFUSED])
def test_an_order_follows_its_fee_from_anywhere(status):
    order = an_order(status=status)
    order.pay()
    assert (order.status, order.query_at) == (OrderStatus.PAID, None)


def test_a_paid_order_is_neither_closed_nor_refused():
    order = an_order()
    order.pay()
    order.close()
    order.refuse(Objection.WRONG_AMOUNT, NOW)
    assert (order.status, order.refund) == (OrderStatus.PAID, None)


@pytest.mark.parametrize("reason", list(Objection))
def test_only_what_came_for_nothing_goes_back_without_a_person(reason):
    order = an_order()
    order.refuse(reason.value, NOW)
    back = reason in (Objection.SECOND_PAYMENT, Objection.WITHDRAWN)
    assert order.status is OrderStatus.REFUSED
    assert (order.refund, order.query_at) == ((Refund.DUE, NOW) if back else (None, None))


told = st.sampled_from([Refund.PROCESSING, Refund.REFUNDED, Refund.FAILED])


@given(st.lists(st.tuples(told, st.sampled_from([FEE, FEE, FEE - 1])), max_size=12))
def test_a_refund_is_recorded_once_whatever_the_channel_repeats(messages):
    order = an_order()
    order.events.clear()
    order.refuse(Objection.SECOND_PAYMENT.value, NOW)
    for refund, amount_fen in messages:
        order.follow_refund(refund, amount_fen, "5030001")
    done = (Refund.REFUNDED, FEE) in messages
    assert kinds(order) == ([PaymentRefunded] if done else [])
    assert (order.refund is Refund.REFUNDED) == done


def test_an_order_that_owes_nothing_back_follows_no_refund():
    order = an_order()
    order.pay()
    order.follow_refund(Refund.REFUNDED, FEE, "5030001")
    assert order.refund is None
