"""The parts of one running stand-in, as its routes receive them."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from testkit.peers.wechatpay.ledger import Ledger
from testkit.peers.wechatpay.notifier import Notifier
from testkit.peers.wechatpay.platform import Platform
from testkit.peers.wechatpay.settings import WeChatPayStandInSettings


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


CurrentChannel = Annotated[Channel, Depends(running_channel)]
