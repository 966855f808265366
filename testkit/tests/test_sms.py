"""The SMS stand-in, spoken to in raw ACS3-HMAC-SHA256 by a sender written here from the documentation."""

import hashlib
import hmac
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from testkit.peers.accounts import Account, sms_account
from testkit.peers.sms.errors import AliyunError
from testkit.peers.sms.settings import SmsStandInSettings
from testkit.peers.sms.signature import canonical_request, require_signature
from testkit.serving import free_port, serving, url_of

APP = "testkit.peers.sms:app"
PHONE = "13800138000"


@dataclass(frozen=True)
class Sender:
    """A sender in raw signature version 3; ``replace`` it to lie."""

    url: str
    key_id: str
    secret: str
    skew: timedelta = timedelta()
    action: str = "SendSms"
    version: str = "2017-05-25"

    def signed(
        self, parameters: dict[str, str], unsigned: tuple[str, ...] = ()
    ) -> tuple[str, dict[str, str]]:
        query = "&".join(f"{quote(k, safe='~')}={quote(v, safe='~')}" for k, v in sorted(parameters.items()))
        headers = {
            "host": self.url.removeprefix("http://"),
            "x-acs-action": self.action,
            "x-acs-version": self.version,
            "x-acs-date": (datetime.now(UTC) + self.skew).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": uuid.uuid4().hex,
            "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
        }
        names = sorted(set(headers) - set(unsigned))
        canonical = "".join(f"{name}:{headers[name]}\n" for name in names)
        request = f"POST\n/\n{query}\n{canonical}\n{';'.join(names)}\n{headers['x-acs-content-sha256']}"
        to_sign = "ACS3-HMAC-SHA256\n" + hashlib.sha256(request.encode()).hexdigest()
        signature = hmac.new(self.secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
        credential = f"Credential={self.key_id},SignedHeaders={';'.join(names)},Signature={signature}"
        return f"{self.url}/?{query}", headers | {"authorization": f"ACS3-HMAC-SHA256 {credential}"}

    def post(self, url: str, headers: dict[str, str], body: bytes = b"") -> httpx.Response:
        return httpx.post(url, headers=headers, content=body, trust_env=False)

    def send(self, **values: str) -> httpx.Response:
        return self.post(*self.signed(a_message(**values)))

    def phone(self, number: str) -> list[dict[str, Any]]:
        return httpx.get(f"{self.url}/phone/{number}/messages", trust_env=False).json()


def a_message(**values: str) -> dict[str, str]:
    return {
        "PhoneNumbers": PHONE,
        "SignName": "学时 ~*",
        "TemplateCode": "SMS_1",
        "TemplateParam": '{"code": "123456"}',
    } | values


def a_sender(url: str, account: Account) -> Sender:
    return Sender(url, account.stand_in["SMS_ACCESS_KEY_ID"], account.stand_in["SMS_ACCESS_KEY_SECRET"])


@pytest.fixture(scope="module")
def sender(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sender]:
    with free_port() as listener:
        account = sms_account(tmp_path_factory.mktemp("sms"), url_of(listener))
        with serving(APP, listener, account.stand_in):
            yield a_sender(url_of(listener), account)


def assert_refused(response: httpx.Response, status: int, code: str) -> None:
    assert (response.status_code, response.json()["Code"]) == (status, code)
    assert response.json()["RequestId"]


def test_a_signed_message_reaches_the_phone(sender: Sender) -> None:
    answer = sender.send(PhoneNumbers="+8613900139000", OutId="activation 1")
    assert (answer.status_code, answer.json()["Code"]) == (200, "OK")
    (message,) = sender.phone("13900139000")
    assert "123456" in message["text"]
    assert message["text"].startswith("【学时 ~*】")
    assert message["out_id"] == "activation 1"


@pytest.mark.parametrize(
    ("lie", "status", "code"),
    [
        ({"secret": "wrong"}, 400, "SignatureDoesNotMatch"),
        ({"key_id": "LTAI9"}, 404, "InvalidAccessKeyId.NotFound"),
        ({"skew": timedelta(minutes=-16)}, 400, "InvalidTimeStamp.Expired"),
        ({"skew": timedelta(minutes=16)}, 400, "InvalidTimeStamp.Expired"),
        ({"action": "SendBatchSms"}, 404, "InvalidAction.NotFound"),
        ({"version": "2018-05-01"}, 400, "InvalidVersion"),
    ],
)
def test_a_lie_is_refused(sender: Sender, lie: dict[str, Any], status: int, code: str) -> None:
    assert_refused(replace(sender, **lie).send(PhoneNumbers="13700137000"), status, code)
    assert sender.phone("13700137000") == []


def test_a_tampered_query_header_or_body_is_refused(sender: Sender) -> None:
    url, headers = sender.signed(a_message(PhoneNumbers="13600136000"))
    other = headers | {"x-acs-signature-nonce": uuid.uuid4().hex}
    assert_refused(sender.post(url.replace("123456", "654321"), headers), 400, "SignatureDoesNotMatch")
    assert_refused(sender.post(url, other), 400, "SignatureDoesNotMatch")
    assert_refused(sender.post(url, headers, b"x"), 400, "SignatureDoesNotMatch")
    assert sender.phone("13600136000") == []


def test_a_replay_is_refused(sender: Sender) -> None:
    signed = sender.signed(a_message(PhoneNumbers="13500135000"))
    assert sender.post(*signed).json()["Code"] == "OK"
    assert_refused(sender.post(*signed), 400, "SignatureNonceUsed")
    assert len(sender.phone("13500135000")) == 1


@pytest.mark.parametrize("name", ["x-acs-date", "x-acs-signature-nonce", "x-acs-action", "host"])
def test_a_header_left_out_of_the_signature_is_refused(sender: Sender, name: str) -> None:
    url, headers = sender.signed(a_message(), unsigned=(name,))
    assert_refused(sender.post(url, headers), 400, "IncompleteSignature")


def test_an_unsigned_request_is_refused(sender: Sender) -> None:
    url, headers = sender.signed(a_message())
    headers.pop("authorization")
    assert_refused(sender.post(url, headers), 400, "IncompleteSignature")
    headers.pop("x-acs-date")
    assert_refused(sender.post(url, headers), 400, "MissingParameter")


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"PhoneNumbers": "12345"}, "isv.MOBILE_NUMBER_ILLEGAL"),
        ({"SignName": " "}, "isv.SMS_SIGNATURE_ILLEGAL"),
        ({"TemplateCode": "1"}, "isv.SMS_TEMPLATE_ILLEGAL"),
        ({"TemplateParam": "code"}, "isv.INVALID_JSON_PARAM"),
        ({"TemplateParam": "{}"}, "isv.TEMPLATE_MISSING_PARAMETERS"),
    ],
)
def test_a_message_that_cannot_be_sent_is_refused(sender: Sender, values: dict[str, str], code: str) -> None:
    assert_refused(sender.send(**values), 200, code)


def test_a_limit_holds_and_a_kill_forgets_nothing(tmp_path: Path) -> None:
    with free_port() as listener:
        account = sms_account(tmp_path, url_of(listener))
        sender = a_sender(url_of(listener), account)
        environ = account.stand_in | {"SMS_LIMIT_PER_MINUTE": "1"}
        with serving(APP, listener, environ) as process:
            signed = sender.signed(a_message())
            assert sender.post(*signed).json()["Code"] == "OK"
            process.kill()
            process.wait()
        with serving(APP, listener, environ):
            assert_refused(sender.post(*signed), 400, "SignatureNonceUsed")
            assert_refused(sender.send(), 200, "isv.BUSINESS_LIMIT_CONTROL")
            assert len(sender.phone(PHONE)) == 1


def test_the_published_example_verifies() -> None:
    """The fixed example of help.aliyun.com, «V3 版本请求体&签名机制»."""
    names = "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version"
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    query = "RegionId=cn-shanghai&ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"
    request = canonical_request("POST", "/", query, names, headers, b"")
    published = "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    require_signature("YourAccessKeySecret", request, published)
    with pytest.raises(AliyunError):
        require_signature("YourAccessKeySecret", request, published[:-1] + "1")


def test_a_missing_setting_is_named(tmp_path: Path) -> None:
    environ = sms_account(tmp_path, "http://127.0.0.1:9").stand_in
    for name in environ:
        with pytest.raises(ValueError, match=f"^{name} is not set$"):
            SmsStandInSettings.from_env(environ | {name: ""})
