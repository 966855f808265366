"""The sender's side: one RPC endpoint, whose operation the header x-acs-action names."""

import json
import re
import time
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request

from testkit.peers.sms.errors import AliyunError, new_request_id
from testkit.peers.sms.messages import Messages
from testkit.peers.sms.settings import SmsStandInSettings
from testkit.peers.sms.signature import verify

router = APIRouter()
PHONE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})")
TEMPLATE_CODE = re.compile(r"SMS_\d+")
TEXT = "【{sign_name}】您的验证码为：{code}，请勿泄露于他人！"
FORM = "application/x-www-form-urlencoded"


@router.post("/")
async def call(request: Request) -> dict[str, str]:
    """An OpenAPI call, here SendSms only."""
    settings: SmsStandInSettings = request.app.state.settings
    messages: Messages = request.app.state.messages
    body = await request.body()
    query = request.scope["query_string"].decode("ascii")
    headers = dict(request.headers)
    verify(settings, request.method, request.scope["raw_path"].decode("ascii"), query, headers, body)
    if not messages.first_use(headers["x-acs-signature-nonce"]):
        raise AliyunError(400, "SignatureNonceUsed", "Specified signature nonce was used already.")
    _require_send_sms(headers)
    parameters = dict(parse_qsl(query)) | (
        _form(body) if headers.get("content-type", "").startswith(FORM) else {}
    )
    return _send(settings, messages, parameters)


def _require_send_sms(headers: dict[str, str]) -> None:
    if headers["x-acs-version"] != "2017-05-25":
        raise AliyunError(400, "InvalidVersion", "Specified parameter Version is not valid.")
    if headers["x-acs-action"] != "SendSms":
        message = "Specified api is not found, please check your url and method."
        raise AliyunError(404, "InvalidAction.NotFound", message)


def _send(settings: SmsStandInSettings, messages: Messages, parameters: dict[str, str]) -> dict[str, str]:
    phone = _phone(parameters.get("PhoneNumbers", ""))
    text = _text(parameters)
    if settings.limit_per_minute and messages.sent_since(phone, 60.0) >= settings.limit_per_minute:
        raise AliyunError(
            200, "isv.BUSINESS_LIMIT_CONTROL", f"触发分钟级流控Permits:{settings.limit_per_minute}"
        )
    biz_id = f"{time.time_ns() // 10}^0"
    messages.deliver(phone, text, parameters["TemplateCode"], parameters.get("OutId", ""), biz_id)
    return {"Message": "OK", "RequestId": new_request_id(), "Code": "OK", "BizId": biz_id}


def _phone(text: str) -> str:
    match = PHONE.fullmatch(text)
    if match is None:
        raise AliyunError(200, "isv.MOBILE_NUMBER_ILLEGAL", f"{text}invalid mobile number")
    return match.group(1)


def _text(parameters: dict[str, str]) -> str:
    if not parameters.get("SignName", "").strip():
        raise AliyunError(200, "isv.SMS_SIGNATURE_ILLEGAL", "短信签名不合法")
    if not TEMPLATE_CODE.fullmatch(parameters.get("TemplateCode", "")):
        raise AliyunError(200, "isv.SMS_TEMPLATE_ILLEGAL", "模版不合法(不存在或被拉黑)")
    code = _template_param(parameters.get("TemplateParam", "")).get("code")
    if not isinstance(code, str) or not code:
        raise AliyunError(200, "isv.TEMPLATE_MISSING_PARAMETERS", "模板变量缺少对应参数值")
    return TEXT.format(sign_name=parameters["SignName"], code=code)


def _template_param(text: str) -> dict[str, Any]:
    try:
        parsed = json.loads(text)
    except ValueError:
        raise AliyunError(200, "isv.INVALID_JSON_PARAM", "JSON参数不合法，只接受字符串值") from None
    return parsed if isinstance(parsed, dict) else {}


def _form(body: bytes) -> dict[str, str]:
    return dict(parse_qsl(body.decode("utf-8", errors="replace")))
