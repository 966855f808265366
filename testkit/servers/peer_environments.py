"""Accounts with the outside world: the variables of each stand-in, and those of the service that uses it."""

from testkit.servers.layout import PYTHON_VARIABLES
from testkit.servers.programs import Site

MCHID, APPID = "1900000109", "wx0000000000000001"


def wechatpay(site: Site) -> dict[str, str]:
    """The stand-in for WeChat Pay: it holds the platform's private key and the merchant's public one."""
    credentials = site.credentials
    return PYTHON_VARIABLES | {
        "WECHATPAY_MCHID": MCHID,
        "WECHATPAY_APPID": APPID,
        "WECHATPAY_MERCHANT_SERIAL": _serial(site, "merchant"),
        "WECHATPAY_MERCHANT_PUBLIC_KEY": str(credentials.rsa_pair("wechatpay-merchant").public),
        "WECHATPAY_APIV3_KEY": _apiv3_key(site),
        "WECHATPAY_PLATFORM_SERIAL": _serial(site, "platform"),
        "WECHATPAY_PLATFORM_PRIVATE_KEY": str(credentials.rsa_pair("wechatpay-platform").private),
        "WECHATPAY_DATA": str(site.folder("wechatpay")),
    }


def sms(site: Site) -> dict[str, str]:
    """The stand-in for a phone operator."""
    return PYTHON_VARIABLES | {
        "SMS_ACCESS_KEY_ID": site.credentials.secret("sms-access-key-id"),
        "SMS_ACCESS_KEY_SECRET": site.credentials.secret("sms-access-key-secret"),
        "SMS_DATA": str(site.folder("sms")),
    }


def wechatpay_merchant(site: Site) -> dict[str, str]:
    """payment's merchant account: the merchant's private key and the platform's public one."""
    merchant = site.credentials.rsa_pair("wechatpay-merchant")
    platform = site.credentials.rsa_pair("wechatpay-platform")
    return {
        "XUESHI_WECHATPAY_URL": f"http://127.0.0.1:{site.ports['wechatpay']}",
        "XUESHI_WECHATPAY_MCHID": MCHID,
        "XUESHI_WECHATPAY_APPID": APPID,
        "XUESHI_WECHATPAY_SERIAL": _serial(site, "merchant"),
        "XUESHI_WECHATPAY_PRIVATE_KEY": str(merchant.private),
        "XUESHI_WECHATPAY_APIV3_KEY": _apiv3_key(site),
        "XUESHI_WECHATPAY_PLATFORM_SERIAL": _serial(site, "platform"),
        "XUESHI_WECHATPAY_PLATFORM_PUBLIC_KEY": str(platform.public),
        "XUESHI_WECHATPAY_NOTIFY_URL": f"{site.url}/api/payment/callbacks/wechatpay",
    }


def sms_sender(site: Site) -> dict[str, str]:
    """identity's account with the operator."""
    return {
        "XUESHI_SMS_URL": f"http://127.0.0.1:{site.ports['sms']}",
        "XUESHI_SMS_ACCESS_KEY_ID": site.credentials.secret("sms-access-key-id"),
        "XUESHI_SMS_ACCESS_KEY_SECRET": site.credentials.secret("sms-access-key-secret"),
        "XUESHI_SMS_SIGN_NAME": "学时",
        "XUESHI_SMS_TEMPLATE": "SMS_0001",
    }


def _apiv3_key(site: Site) -> str:
    """32 characters, which are the AES-256 key."""
    return site.credentials.secret("wechatpay-apiv3-key")[:32]


def _serial(site: Site, of: str) -> str:
    """A certificate serial number as WeChat Pay writes it: 40 upper-case hexadecimal digits."""
    return site.credentials.secret(f"wechatpay-{of}-serial")[:40].upper()
