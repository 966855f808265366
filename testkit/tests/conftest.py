"""The stand-ins, each as a process of its own."""

from collections.abc import Iterator

import pytest

from testkit.peers.accounts import wechatpay_account
from testkit.serving import free_port, serving, url_of
from testkit.tests.merchant import APP, Merchant, a_merchant


@pytest.fixture(scope="module")
def merchant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Merchant]:
    with free_port() as listener:
        url = url_of(listener)
        account = wechatpay_account(tmp_path_factory.mktemp("wechatpay"), url, "http://127.0.0.1:9/callback")
        with serving(APP, listener, account.stand_in):
            yield a_merchant(url, account)
