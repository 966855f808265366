"""Rules of money, without anything around them."""

from copy import deepcopy
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payment.domain import FeeStatus, Objection, OrderStatus, RefundStatus
from services.payment.domain.fee import FeeIsPaid, FeeIsWithdrawn, NothingDue
from services.payment.domain.order import MAX_PATIENCE
from services.payment.tests.builders import LIFETIME, NOW, SILENCE, a_fee, a_payment, an_order
from shared.events.payment import OrderOpened, PaymentConfirmed, PaymentRefunded, PaymentRefused
from shared.events.terms import Channel

FEE = 60_000


def kinds(aggregate):
    return [type(event) for event in aggregate.events]


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
    assert [event.reason for event in fee.events[1:]] == [Objection.SECOND_PAYMENT]
    assert fee.paid_by == "order-1"


def test_a_second_transaction_of_the_same_order_waits_for_a_person():
    fee = a_fee()
    fee.receive(a_payment())
    fee.receive(a_payment(transaction_id="4200002"))
    assert [event.reason for event in fee.events[1:]] == [Objection.SECOND_TRANSACTION]


def test_what_arrives_after_the_withdrawal_is_refused():
    fee = a_fee()
    fee.withdraw()
    fee.receive(a_payment())
    assert fee.status is FeeStatus.WITHDRAWN
    assert [event.reason for event in fee.events] == [Objection.WITHDRAWN]


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
    confirmed = [event for event in fee.events if isinstance(event, PaymentConfirmed)]
    due = [payment for payment in arriving[:withdrawn_after] if payment.amount_fen == FEE]
    assert len(confirmed) == (1 if due else 0)
    assert all(event.amount_fen == FEE and type(event.amount_fen) is int for event in confirmed)
    refused = [event.transaction_id for event in fee.events if isinstance(event, PaymentRefused)]
    assert len(refused) == len(set(refused))


@given(st.lists(payments, max_size=15))
def test_repeats_at_any_time_record_nothing_new(arriving):
    once, often = a_fee(), a_fee()
    for number, payment in enumerate(arriving, start=1):
        once.receive(payment)
        for earlier in arriving[:number]:
            often.receive(earlier)
    assert once.events == often.events


# ---- orders ----


def test_an_order_is_for_the_whole_fee_and_says_so():
    order = an_order()
    assert (order.enrollment_id, order.channel, order.amount_fen) == ("enrollment-1", Channel.WECHAT, FEE)
    assert (order.opened_at, order.expires_at) == (NOW, NOW + LIFETIME)
    assert order.events == [
        OrderOpened(
            order_id=order.id, enrollment_id="enrollment-1", amount_fen=FEE, channel=Channel.WECHAT,
            expires_at=NOW + LIFETIME,
        )
    ]  # fmt: skip
    assert order.id


def test_a_fee_of_one_fen_is_due_and_one_of_nothing_is_not():
    a_fee(fee_fen=1).check_due()
    with pytest.raises(NothingDue):
        a_fee(fee_fen=0).check_due()


def test_an_order_shows_the_code_that_the_channel_gave():
    order = an_order()
    order.show("weixin://wxpay/bizpayurl?pr=1")
    assert order.code_url == "weixin://wxpay/bizpayurl?pr=1"


def test_an_order_can_be_paid_until_the_moment_it_expires():
    order = an_order()
    assert not order.expired(NOW + LIFETIME - timedelta(microseconds=1))
    assert order.expired(NOW + LIFETIME)


def test_a_closed_order_asks_the_channel_nothing_any_more():
    order = an_order()
    order.close()
    assert (order.status, order.query_at) == (OrderStatus.CLOSED, None)
    order.wait(NOW)
    assert order.query_at is None


def test_a_refused_order_is_not_closed():
    order = an_order()
    order.refuse(Objection.SECOND_PAYMENT.value, NOW)
    order.close()
    assert (order.status, order.reason) == (OrderStatus.REFUSED, "second_payment")
    assert order.query_at == NOW  # the refund is still to be asked for


def test_a_silent_channel_is_asked_at_most_once_a_second_and_at_least_once_a_minute():
    order = an_order()
    order.wait(NOW)
    assert order.query_at == NOW + timedelta(seconds=1)
    order.wait(NOW + timedelta(minutes=50))
    assert order.query_at == NOW + timedelta(minutes=51)


def test_an_order_ends_at_a_whole_second_so_that_every_try_names_the_same_end():
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
    assert max(gaps) == MAX_PATIENCE
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
    assert (order.refund, order.query_at) == ((RefundStatus.DUE, NOW) if back else (None, None))


reported = st.sampled_from([RefundStatus.PROCESSING, RefundStatus.REFUNDED, RefundStatus.FAILED])


@given(st.lists(st.tuples(reported, st.sampled_from([FEE, FEE, FEE - 1])), max_size=12))
def test_a_refund_is_recorded_once_whatever_the_channel_repeats(messages):
    order = an_order()
    order.events.clear()
    order.refuse(Objection.SECOND_PAYMENT.value, NOW)
    for refund, amount_fen in messages:
        order.follow_refund(refund, amount_fen, "5030001")
    done = (RefundStatus.REFUNDED, FEE) in messages
    assert kinds(order) == ([PaymentRefunded] if done else [])
    assert (order.refund is RefundStatus.REFUNDED) == done


def an_order_to_refund():
    order = an_order()
    order.events.clear()
    order.refuse(Objection.SECOND_PAYMENT.value, NOW)
    return order


def test_a_refund_says_what_went_back_and_why():
    order = an_order_to_refund()
    order.follow_refund(RefundStatus.REFUNDED, FEE, "5030001")
    assert order.events == [
        PaymentRefunded(
            order_id=order.id, enrollment_id="enrollment-1", amount_fen=FEE, channel=Channel.WECHAT,
            refund_id="5030001", reason="second_payment",
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("refund", "amount_fen", "becomes", "query_at"),
    [
        (RefundStatus.PROCESSING, FEE, RefundStatus.PROCESSING, NOW),
        (RefundStatus.REFUNDED, FEE, RefundStatus.REFUNDED, None),
        (RefundStatus.FAILED, FEE, RefundStatus.FAILED, None),
        (RefundStatus.REFUNDED, FEE - 1, RefundStatus.FAILED, None),  # another amount: a person looks (R13)
    ],
)
def test_a_refund_is_asked_after_until_it_is_decided(refund, amount_fen, becomes, query_at):
    order = an_order_to_refund()
    order.follow_refund(refund, amount_fen, "5030001")
    assert (order.refund, order.query_at) == (becomes, query_at)


@pytest.mark.parametrize("objection", list(Objection))
def test_a_second_refusal_does_not_start_a_second_refund(objection):
    order = an_order_to_refund()
    order.refuse(objection.value, NOW + SILENCE)
    assert (order.reason, order.refund, order.query_at) == ("second_payment", RefundStatus.DUE, NOW)


def test_an_order_that_owes_nothing_back_follows_no_refund():
    order = an_order()
    order.pay()
    order.follow_refund(RefundStatus.REFUNDED, FEE, "5030001")
    assert order.refund is None


def test_a_refund_without_a_known_reason_says_none():
    order = an_order(refund=RefundStatus.DUE)
    order.follow_refund(RefundStatus.REFUNDED, FEE, "5030001")
    assert order.events[-1].reason == ""
