"""What identity's api needs from the environment; its events process needs no key and sends no message."""

from dataclasses import dataclass, field
from pathlib import Path

from shared.settings import ServiceSettings


@dataclass(frozen=True, kw_only=True)
class IdentitySettings(ServiceSettings):
    """Settings of the api process."""

    token_private_key: Path  # PEM, EC P-256: signs access tokens
    sms_url: str
    sms_access_key_id: str
    sms_access_key_secret: str = field(repr=False)
    sms_sign_name: str  # 短信签名
    sms_template: str  # 短信模板
