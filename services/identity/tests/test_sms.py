"""The SMS client against the stand-in's real process."""

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.identity.adapters.aliyun_signature import authorization, canonical_query
from services.identity.adapters.sms import Sms, SmsRefused, SmsSettings, SmsThrottled, SmsUnavailable
from testkit.peers.accounts import Account, sms_account
from testkit.peers.processes import free_port, serving, url_of

APP = "testkit.peers.sms:app"


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with free_port() as listener:
        account = sms_account(tmp_path_factory.mktemp("sms"), url_of(listener))
        with serving(APP, listener, account.stand_in | {"SMS_LIMIT_PER_MINUTE": "2"}):
            yield account


@pytest.fixture
def settings(account: Account) -> SmsSettings:
    prefix = "XUESHI_SMS_"
    return SmsSettings(
        **{name.removeprefix(prefix).lower(): value for name, value in account.service.items()}
    )


def on_phone(settings: SmsSettings, number: str) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = httpx.get(
        f"{settings.url}/phone/{number}/messages", trust_env=False
    ).json()
    return messages


def test_a_code_reaches_the_phone(settings: SmsSettings) -> None:
    with Sms(settings) as sms:
        receipt = sms.send_code("13800138000", "042137", out_id="激活 activation~1*")
    (message,) = on_phone(settings, "13800138000")
    assert "042137" in message["text"]
    assert message["out_id"] == "激活 activation~1*"
    assert receipt


def test_a_wrong_secret_is_refused_without_telling_phone_or_code(
    settings: SmsSettings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with Sms(replace(settings, access_key_secret="wrong")) as sms, pytest.raises(SmsRefused) as refusal:
        sms.send_code("13900139000", "042137")
    assert refusal.value.reason == "SignatureDoesNotMatch"
    visible = f"{refusal.value} {refusal.value.args} {caplog.text}"
    assert "13900139000" not in visible
    assert "042137" not in visible
    assert on_phone(settings, "13900139000") == []


def test_sending_leaves_no_personal_data_in_the_log(
    settings: SmsSettings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with Sms(settings) as sms:
        sms.send_code("13700137000", "042137")
    assert "13700137000" not in caplog.text
    assert "042137" not in caplog.text


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_clock_that_is_wrong_is_refused(settings: SmsSettings, minutes: int) -> None:
    now = datetime.now(UTC) + timedelta(minutes=minutes)
    with (
        Sms(settings, clock=lambda: now) as sms,
        pytest.raises(SmsRefused, match=r"InvalidTimeStamp\.Expired"),
    ):
        sms.send_code("13600136000", "042137")


def test_an_impossible_number_is_refused(settings: SmsSettings) -> None:
    with Sms(settings) as sms, pytest.raises(SmsRefused, match=r"isv\.MOBILE_NUMBER_ILLEGAL"):
        sms.send_code("110", "042137")


def test_too_many_messages_are_throttled(settings: SmsSettings) -> None:
    with Sms(settings) as sms:
        for code in ("000001", "000002"):
            sms.send_code("13500135000", code)
        with pytest.raises(SmsThrottled):
            sms.send_code("13500135000", "000003")
    assert len(on_phone(settings, "13500135000")) == 2


def test_no_answer_is_told_apart_from_a_refusal(settings: SmsSettings) -> None:
    with Sms(replace(settings, url="http://127.0.0.1:9")) as sms, pytest.raises(SmsUnavailable) as failure:
        sms.send_code("13400134000", "042137")
    assert "13400134000" not in str(failure.value)


def test_the_signature_is_the_published_one() -> None:
    """The fixed example of help.aliyun.com, «V3 版本请求体&签名机制»."""
    query = canonical_query(
        {"RegionId": "cn-shanghai", "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"}
    )
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-version": "2014-05-26",
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
    }
    assert authorization("YourAccessKeyId", "YourAccessKeySecret", query, headers) == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;"
        "x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_settings_do_not_show_the_secret(settings: SmsSettings) -> None:
    assert settings.access_key_secret not in repr(settings)
