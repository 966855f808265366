"""The parts of one running stand-in, as its routes receive them."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from deploy.local.standins.wechatpay.ledger import Ledger
from deploy.local.standins.wechatpay.notifier import Notifier
from deploy.local.standins.wechatpay.platform import Platform
from deploy.local.standins.wechatpay.settings import WeChatPayStandInSettings


@dataclass(frozen=True, kw_only=True)
class Channel:
    """What the lifespan has opened."""

    settings: WeChatPayStandInSettings
    platform: Platform
    ledger: Ledger
    notifier: Notifier


def running_channel(request: Request) -> Channel:
    """The channel that this application runs."""
    channel: Channel = request.app.state.channel
    return channel


Here = Annotated[Channel, Depends(running_channel)]
