"""Accounts as JSON: the own one with its sessions and tokens, and for administrators all of them."""

from dataclasses import asdict
from typing import Annotated

from fastapi import Path, Query, Request, Response

from api import account_models as models
from api.deps import TheDatabase
from api.router import Router
from api.signed import Administrator, InPerson, SignedIn, address_of
from geo import account, sign_in, subject, token
from geo.viewer import credential

router = Router("account")
Name = Annotated[str, Path(max_length=64, description="用户名 / name of the account")]
Number = Annotated[int, Path(ge=1, le=2**62, description="编号 / number")]
SECRET = {"Cache-Control": "no-store"}
"""For answers that hold a password or the secret of a token."""


# --- the own account --------------------------------------------------------------------------------------------------


@router.get("/api/account", response_model=models.Account, summary="自己的账号 / The own account")
def own(database: TheDatabase, me: SignedIn) -> object:
    """姓名和权限 / the own account and what it may do."""
    with database.owner() as connection:
        return asdict(account.account(connection, me.account))


@router.put("/api/account/password", status_code=204, summary="修改密码 / Change the own password")
def change_password(request: Request, database: TheDatabase, me: InPerson, sent: models.NewPassword) -> Response:
    """其他会话随即结束 / all other sessions end."""
    account.change_password(database, me.account, sent.old, sent.new, keep=credential(), address=address_of(request))
    return Response(status_code=204)


@router.get("/api/account/sessions", response_model=models.Sessions, summary="自己的会话 / The own sessions")
def sessions(database: TheDatabase, me: SignedIn) -> object:
    """最近使用的在前 / last used first."""
    with database.owner() as connection:
        found = [(each, asdict(each)) for each in sign_in.sessions(connection, me.account)]
    return {"sessions": [told | {"current": told.pop("hash") == credential()} for _, told in found]}


@router.delete("/api/account/sessions", status_code=204, summary="结束其他会话 / End all other sessions")
def end_others(database: TheDatabase, me: InPerson) -> Response:
    """当前会话继续 / the present one goes on."""
    with database.owner() as connection:
        sign_in.revoke_others(connection, me.account, credential(), by=me.name)
    return Response(status_code=204)


@router.delete("/api/account/sessions/{session}", status_code=204, summary="结束一个会话 / End a session")
def end_session(
    database: TheDatabase, me: InPerson, session: Annotated[str, Path(max_length=64, description="会话 / its id")]
) -> Response:
    """也可以是当前会话 / the present one too."""
    with database.owner() as connection:
        sign_in.revoke(connection, me.account, session, by=me.name)
    return Response(status_code=204)


@router.get("/api/account/tokens", response_model=models.Tokens, summary="自己的令牌 / The own tokens")
def tokens(database: TheDatabase, me: SignedIn) -> object:
    """不含密钥 / without their secrets."""
    with database.owner() as connection:
        return {"tokens": [asdict(each) for each in token.tokens(connection, me.account)]}


@router.post("/api/account/tokens", response_model=models.TokenMade, status_code=201, summary="新建令牌 / Make a token")
def make_token(response: Response, database: TheDatabase, me: InPerson, sent: models.NewToken) -> object:
    """密钥只在此显示一次 / its secret is told this once."""
    response.headers.update(SECRET)
    with database.owner() as connection:
        secret = token.create(connection, me.account, sent.name, days=sent.days, verbs=sent.verbs, by=me.name)
        return {"secret": secret, "tokens": [asdict(each) for each in token.tokens(connection, me.account)]}


@router.delete("/api/account/tokens/{number}", status_code=204, summary="撤销令牌 / End a token")
def end_token(database: TheDatabase, me: InPerson, number: Number) -> Response:
    """立即生效 / at once."""
    with database.owner() as connection:
        token.revoke(connection, me.account, number, by=me.name)
    return Response(status_code=204)


# --- all accounts -----------------------------------------------------------------------------------------------------


@router.get("/api/accounts", response_model=models.Accounts, summary="全部账号 / All accounts")
def accounts(database: TheDatabase, _me: Administrator) -> object:
    """仅限系统管理员 / for administrators."""
    with database.owner() as connection:
        return {"accounts": [asdict(each) for each in account.accounts(connection)]}


@router.post("/api/accounts", response_model=models.FirstPassword, status_code=201, summary="新增账号 / Add an account")
def add(response: Response, database: TheDatabase, me: Administrator, sent: models.NewAccount) -> object:
    """初始密码只在此显示一次；用统一身份登录的没有 / its first password is told this once; none with a subject."""
    response.headers.update(SECRET)
    with database.owner() as connection:
        password = None
        if sent.oidc_subject is None:
            password = account.create(connection, sent.name, label=sent.label, by=me.name)
        else:
            subject.create(connection, sent.name, label=sent.label, subject=sent.oidc_subject, by=me.name)
        if sent.role is not None:
            account.grant(connection, sent.name, sent.role, sent.org_unit, sent.layers, by=me.name)
    return {"name": account.plain(sent.name), "password": password}


@router.post("/api/accounts/{name}/disable", status_code=204, summary="停用账号 / Disable an account")
def disable(database: TheDatabase, me: Administrator, name: Name) -> Response:
    """结束其会话和令牌 / its sessions and tokens end."""
    with database.owner() as connection:
        account.disable(connection, name, by=me.name)
    return Response(status_code=204)


@router.post("/api/accounts/{name}/enable", status_code=204, summary="启用账号 / Enable an account")
def enable(database: TheDatabase, me: Administrator, name: Name) -> Response:
    """原有会话和令牌不恢复 / sessions and tokens are not given back."""
    with database.owner() as connection:
        account.enable(connection, name, by=me.name)
    return Response(status_code=204)


@router.post("/api/accounts/{name}/password", response_model=models.FirstPassword, summary="重设密码 / Reset it")
def reset(response: Response, database: TheDatabase, me: Administrator, name: Name) -> object:
    """新密码只在此显示一次，登录后须修改 / told this once, to be changed after signing in."""
    response.headers.update(SECRET)
    with database.owner() as connection:
        return {"name": account.plain(name), "password": account.reset_password(connection, name, by=me.name)}


@router.put("/api/accounts/{name}/subject", status_code=204, summary="关联统一身份 / Link a person of the provider")
def link(database: TheDatabase, me: Administrator, name: Name, sent: models.Subject) -> Response:
    """null 为取消关联，并结束其会话 / null unlinks, and ends its sessions."""
    with database.owner() as connection:
        subject.link(connection, name, sent.oidc_subject, by=me.name)
    return Response(status_code=204)


@router.put("/api/accounts/{name}/grants", status_code=204, summary="授予角色 / Grant a role")
def grant(database: TheDatabase, me: Administrator, name: Name, sent: models.NewGrant) -> Response:
    """再次授予时以新的图层为准 / granted anew, it is for the layers now named."""
    with database.owner() as connection:
        account.grant(connection, name, sent.role, sent.org_unit, sent.layers, by=me.name)
    return Response(status_code=204)


@router.delete("/api/accounts/{name}/grants", status_code=204, summary="取消角色 / Take a role back")
def revoke(
    database: TheDatabase,
    me: Administrator,
    name: Name,
    role: Annotated[models.RoleCode, Query(description="角色 / role")],
    org_unit: Annotated[str | None, Query(max_length=12, description="行政区代码 / code of the unit")] = None,
) -> Response:
    """最后一个系统管理员的角色不能取消 / not the last administrator's."""
    with database.owner() as connection:
        account.revoke_grant(connection, name, role, org_unit, by=me.name)
    return Response(status_code=204)
