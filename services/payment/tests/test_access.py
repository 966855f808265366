"""A channel may speak about its own orders alone (R13)."""

import pytest

from services.payment.domain.access import placed_at
from services.payment.tests.builders import an_order
from shared.domain.errors import NotFound
from shared.events.terms import Channel


def test_an_order_exists_for_the_channel_that_it_was_placed_at():
    order = an_order(channel=Channel.WECHAT)
    placed_at(Channel.WECHAT)(order)
    with pytest.raises(NotFound) as refused:
        placed_at(Channel.ALIPAY)(order)
    assert refused.value.details == {"what": "Order"}
