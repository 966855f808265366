"""Activation over HTTP (R15)."""

from fastapi import APIRouter, BackgroundTasks
from pydantic import BaseModel, Field

from services.identity.api.dependencies import ActivationDep

router = APIRouter(tags=["激活 activation"])


class DeclaredPerson(BaseModel):
    """身份证号和手机号, as declared."""

    id_number: str = Field(
        min_length=18, max_length=18, description="身份证号", examples=["11010519491231002X"]
    )
    phone: str = Field(pattern=r"^1[3-9]\d{9}$", description="手机号", examples=["13800138000"])


class Confirmation(DeclaredPerson):
    """验证码和新密码."""

    code: str = Field(pattern=r"^\d{6}$", description="验证码", examples=["042871"])
    password: str = Field(max_length=256, description="密码, at least 10 characters", repr=False)


class Acknowledgement(BaseModel):
    """Empty: the answer says nothing about whether an account exists."""


class AccountId(BaseModel):
    """The activated account."""

    account_id: str


@router.post("/activations", status_code=202)
def request_code(
    declared: DeclaredPerson, activation: ActivationDep, after: BackgroundTasks
) -> Acknowledgement:
    """获取验证码: sends a code to the declared phone if there is such an account. Always the same answer.

    All work is done after the answer, so that its time tells nothing either. At most one message a minute and
    five a day; a code is good for ten minutes and five tries.
    """
    after.add_task(activation.send_code, declared.id_number, declared.phone)
    return Acknowledgement()


@router.post("/activations/confirm")
def confirm(confirmation: Confirmation, activation: ActivationDep) -> AccountId:
    """激活: the code and a password of one's own.

    Problems: password.weak, activation.code_wrong (422), activation.code_expired (422),
    activation.too_many_tries (429), account.activated (409).
    """
    account_id = activation.confirm(
        confirmation.id_number, confirmation.phone, confirmation.code, confirmation.password
    )
    return AccountId(account_id=account_id)
