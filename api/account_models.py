"""The JSON of accounts, sessions and tokens as models."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.models import Bilingual, Model

RoleCode = Literal["officer", "manager", "planner", "administrator"]
VerbCode = Literal["view", "download", "edit", "approve", "personal", "administer"]
Password = Annotated[str, Field(max_length=1000)]


class Granted(Model):
    """授权 / a role in a county or township (null: everywhere), with layers (null: all)."""

    role: RoleCode
    org_unit: str | None
    layers: list[str] | None
    place: Bilingual | None


class Account(Model):
    """账号 / an account with what it may do."""

    id: int
    name: str
    label: str
    disabled: bool
    must_change: bool
    demo: bool
    oidc_subject: str | None
    has_password: bool
    created_at: datetime
    seen_at: datetime | None
    grants: list[Granted]


class Accounts(Model):
    """全部账号 / all accounts in order of name."""

    accounts: list[Account]


class NewAccount(Model):
    """新账号 / an account to be made."""

    name: Annotated[str, Field(max_length=64)]
    label: Annotated[str, Field(max_length=100)]
    role: RoleCode | None = None
    org_unit: Annotated[str | None, Field(max_length=12)] = None
    layers: list[str] | None = None
    oidc_subject: Annotated[str | None, Field(max_length=255)] = None


class FirstPassword(Model):
    """初始密码，只显示一次 / a first password, told this once; null for an account that signs in otherwise."""

    name: str
    password: str | None


class Subject(Model):
    """统一身份编号，null 为取消关联 / whom of the OpenID provider an account is of; null: nobody."""

    oidc_subject: Annotated[str | None, Field(max_length=255)]


class NewGrant(Model):
    """要授予的角色 / a role to be granted."""

    role: RoleCode
    org_unit: Annotated[str, Field(max_length=12)]
    layers: list[str] | None = None


class NewPassword(Model):
    """修改密码 / a change of the own password."""

    old: Password
    new: Password


class Session(Model):
    """会话 / a session that goes on; ``current`` is the one of this request."""

    id: str
    current: bool
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    address: str
    agent: str


class Sessions(Model):
    """会话列表 / the own sessions, last used first."""

    sessions: list[Session]


class Token(Model):
    """令牌 / a valid token without its secret; ``verbs`` null is all that the account may."""

    id: int
    name: str
    verbs: list[VerbCode] | None
    created_at: datetime
    expires_at: datetime
    seen_at: datetime | None


class Tokens(Model):
    """令牌列表 / the own tokens, oldest first."""

    tokens: list[Token]


class NewToken(Model):
    """新令牌 / a token to be made."""

    name: Annotated[str, Field(max_length=100)]
    days: Annotated[int, Field(ge=1, le=366)]
    verbs: list[VerbCode] | None = None


class TokenMade(Model):
    """令牌密钥，只显示一次 / the secret of a token, told this once."""

    secret: str
    tokens: list[Token]
