"""Notifications, refunds and restarts of the WeChat Pay stand-in."""

import json
from pathlib import Path

import pytest

from testkit.peers.accounts import wechatpay_account
from testkit.serving import free_port, serving, url_of
from testkit.tests.merchant import (
    APP,
    WAIT_SECONDS,
    Merchant,
    a_callback_server,
    a_merchant,
    assert_nothing_more,
)


def test_a_payment_is_notified_signed_and_sealed_and_again_until_it_is_taken(merchant: Merchant) -> None:
    with a_callback_server([500, 302]) as (notify_url, received):
        merchant.scan(merchant.place("notify-001", notify_url=notify_url))
        seen = [received.get(timeout=WAIT_SECONDS) for _ in range(3)]
        for headers, body in seen:
            merchant.verify(headers, body)
        assert len({json.loads(body)["id"] for _, body in seen}) == 1
        assert len({headers["Wechatpay-Nonce"] for headers, _ in seen}) == 3
        notification, plain = merchant.unseal(seen[-1][1])
        assert notification["event_type"] == "TRANSACTION.SUCCESS"
        assert (plain["out_trade_no"], plain["trade_state"]) == ("notify-001", "SUCCESS")
        assert_nothing_more(received)


def test_a_notification_is_repeated_on_demand_and_silence_is_kept(merchant: Merchant) -> None:
    with a_callback_server([]) as (notify_url, received):
        merchant.scan(merchant.place("silent-001", notify_url=notify_url), callbacks=0)
        merchant.scan(merchant.place("repeat-001", notify_url=notify_url), callbacks=3)
        bodies = [received.get(timeout=WAIT_SECONDS)[1] for _ in range(3)]
        assert [merchant.unseal(body)[1]["out_trade_no"] for body in bodies] == ["repeat-001"] * 3
        assert_nothing_more(received)
    assert merchant.query("silent-001").json()["trade_state"] == "SUCCESS"


def test_a_refund_is_granted_once_within_the_payment_and_notified(merchant: Merchant) -> None:
    with a_callback_server([]) as (notify_url, received):
        merchant.scan(merchant.place("refund-001"), callbacks=0)
        assert (
            merchant.ask_refund("refund-001", 60_001, 60_000, notify_url).json()["code"] == "INVALID_REQUEST"
        )
        assert (
            merchant.ask_refund("refund-001", 60_000, 70_000, notify_url).json()["code"] == "INVALID_REQUEST"
        )
        answers = [merchant.ask_refund("refund-001", 60_000, 60_000, notify_url).json() for _ in "ab"]
        assert answers[0]["refund_id"] == answers[1]["refund_id"]
        notification, plain = merchant.unseal(received.get(timeout=WAIT_SECONDS)[1])
        assert (notification["event_type"], plain["refund_status"]) == ("REFUND.SUCCESS", "SUCCESS")
        assert plain["amount"]["refund"] == 60_000
        assert_nothing_more(received)
    assert merchant.query("refund-001").json()["trade_state"] == "REFUND"
    assert merchant.ask_refund("unpaid-001", 1, 1, notify_url).json()["code"] == "RESOURCE_NOT_EXISTS"


def test_a_kill_forgets_neither_orders_nor_notifications_owed(tmp_path: Path) -> None:
    with a_callback_server([500]) as (notify_url, received), free_port() as listener:
        account = wechatpay_account(tmp_path, url_of(listener), notify_url)
        merchant = a_merchant(url_of(listener), account)
        # So slow a schedule that only a restart can bring the second attempt within this test.
        with serving(APP, listener, account.stand_in | {"WECHATPAY_NOTIFY_SCALE": "100"}) as process:
            merchant.scan(merchant.place("killed-001"))
            received.get(timeout=WAIT_SECONDS)
            process.kill()
            process.wait()
        with serving(APP, listener, account.stand_in):
            assert merchant.unseal(received.get(timeout=WAIT_SECONDS)[1])[1]["out_trade_no"] == "killed-001"
            assert merchant.query("killed-001").json()["trade_state"] == "SUCCESS"


def test_a_missing_setting_stops_the_start_and_is_named(tmp_path: Path) -> None:
    from testkit.peers.wechatpay.settings import WeChatPayStandInSettings

    environ = wechatpay_account(tmp_path, "http://127.0.0.1:9", "http://127.0.0.1:9/c").stand_in
    for name in environ:
        with pytest.raises(ValueError, match=f"^{name} is not set$"):
            WeChatPayStandInSettings.from_env(environ | {name: ""})
