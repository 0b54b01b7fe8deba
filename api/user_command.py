"""The commands of accounts: who may sign in, and what each may do where."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.command import AsJson, language, opened, say, user
from geo.text import Text

if TYPE_CHECKING:
    from geo.account import Account, Grant

users = typer.Typer(help="账号与权限 / accounts and rights", rich_markup_mode=None, no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="用户名 / name of the account")]
Role = Annotated[str, typer.Argument(help="角色：officer manager planner administrator / role")]
OrgUnit = Annotated[
    str | None,
    typer.Option("--org-unit", help="县或乡镇代码，默认全部地区 / code of a county or township, everywhere by default"),
]
AsksPassword = Annotated[
    bool, typer.Option("--ask", help="输入密码，而不是随机产生 / type the password, in place of a random one")
]


@users.command()
def add(
    name: Name,
    label: Annotated[str, typer.Option("--label", help="显示的姓名，默认同用户名 / how the person is shown")] = "",
    role: Annotated[str, typer.Option("--role", help="同时授予的角色 / role to grant at once")] = "",
    org_unit: OrgUnit = None,
    ask: AsksPassword = False,
    *,
    oidc_subject: Annotated[
        str,
        typer.Option("--oidc-subject", help="统一身份编号，不设密码 / whom of the OpenID provider it is; no password"),
    ] = "",
) -> None:
    """新增账号，显示一次随机初始密码 / add an account and show its first password once."""
    from geo import account, subject

    with opened() as database, database.owner() as connection:
        given, password = _asked() if ask and not oidc_subject else None, ""
        if oidc_subject:
            subject.create(connection, name, label=label or name, subject=oidc_subject, by=user())
        else:
            password = account.create(connection, name, label=label or name, password=given, by=user())
        if role:
            account.grant(connection, name, role, org_unit, by=user())
    if oidc_subject:
        _tell_link(account.plain(name), oidc_subject)
    else:
        _tell_password(account.plain(name), None if ask else password)


@users.command()
def link(
    name: Name,
    oidc_subject: Annotated[str, typer.Argument(help="统一身份编号 / the person at the OpenID provider")] = "",
    unlink: Annotated[bool, typer.Option("--unlink", help="取消关联并结束会话 / link nobody")] = False,
) -> None:
    """关联统一身份（OpenID）中的人员 / link a person of the OpenID provider to an account."""
    from geo import account, subject

    if unlink == bool(oidc_subject):
        raise typer.BadParameter("编号或 --unlink / a subject, or --unlink")
    with opened() as database, database.owner() as connection:
        subject.link(connection, name, None if unlink else oidc_subject, by=user())
    _tell_link(account.plain(name), oidc_subject)


@users.command("list")
def list_(as_json: AsJson = False) -> None:
    """账号及其权限 / accounts and what each may do where."""
    from geo.account import accounts

    with opened() as database, database.owner() as connection:
        found = accounts(connection)
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in found], ensure_ascii=False, default=str))
        return
    for each in found:
        typer.echo(f"{each.name:24}{each.label}  {_state(each)}".rstrip())
        for granted in each.grants:
            typer.echo(f"    {_grant(granted)}")


@users.command()
def disable(name: Name) -> None:
    """停用账号，结束其会话和令牌 / disable an account and end its sessions and tokens."""
    from geo import account

    with opened() as database, database.owner() as connection:
        account.disable(connection, name, by=user())
    say(Text(zh="已停用 {name}", en="{name} is disabled").format(name=account.plain(name)))


@users.command()
def enable(name: Name) -> None:
    """重新启用账号 / enable a disabled account again."""
    from geo import account

    with opened() as database, database.owner() as connection:
        account.enable(connection, name, by=user())
    say(Text(zh="已启用 {name}", en="{name} is enabled").format(name=account.plain(name)))


@users.command()
def grant(
    name: Name,
    role: Role,
    org_unit: OrgUnit = None,
    layer: Annotated[
        list[str] | None,
        typer.Option("--layer", "-l", help="图层代码，可重复，默认全部 / code of a layer, all by default"),
    ] = None,
) -> None:
    """授予角色 / grant a role in a county or township."""
    from geo import account

    with opened() as database, database.owner() as connection:
        account.grant(connection, name, role, org_unit, layer, by=user())
    say(Text(zh="已授予 {name}：{role}", en="{name} now is {role}").format(name=account.plain(name), role=role))


@users.command()
def revoke(name: Name, role: Role, org_unit: OrgUnit = None) -> None:
    """取消角色 / take a role back."""
    from geo import account

    with opened() as database, database.owner() as connection:
        account.revoke_grant(connection, name, role, org_unit, by=user())
    say(Text(zh="已取消 {name}：{role}", en="{name} is no longer {role}").format(name=account.plain(name), role=role))


@users.command()
def password(name: Name, ask: AsksPassword = False) -> None:
    """重设密码，显示一次，登录后须修改 / give another password, shown once, to be changed at the next sign-in."""
    from geo import account

    with opened() as database, database.owner() as connection:
        secret = account.reset_password(connection, name, _asked() if ask else None, by=user())
    _tell_password(account.plain(name), None if ask else secret)


@users.command()
def token(
    name: Name,
    *,
    new: Annotated[str, typer.Option("--new", help="新建令牌，写明用途 / make a token: what it is for")] = "",
    days: Annotated[int, typer.Option("--days", help="有效天数 / days that it is valid", min=1, max=366)] = 90,
    verb: Annotated[
        list[str] | None,
        typer.Option("--verb", help="只限此权限，可重复：view download edit approve personal / only for this right"),
    ] = None,
    revoke: Annotated[
        int | None, typer.Option("--revoke", help="撤销此编号的令牌 / end the token of this number")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """程序用的令牌：列出、新建（显示一次）或撤销 / tokens of an account: list, make (shown once) or end."""
    from geo import account, token

    with opened() as database, database.owner() as connection:
        number = account.named(connection, name)
        if revoke is not None:
            token.revoke(connection, number, revoke, by=user())
        secret = token.create(connection, number, new, days=days, verbs=verb, by=user()) if new else None
        found = token.tokens(connection, number)
    if as_json:
        told: dict[str, Any] = {"secret": secret, "tokens": [asdict(each) for each in found]}
        typer.echo(json.dumps(told, ensure_ascii=False, default=str))
        return
    if secret is not None:
        typer.echo(secret)
        return
    for each in found:
        typer.echo(f"{each.id:>6}  {each.expires_at:%Y-%m-%d}  {each.name}  {' '.join(each.verbs or ())}".rstrip())


def _asked() -> str:
    """A password typed twice; one line of standard input where that is not a terminal."""
    import sys

    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return str(typer.prompt("密码 / password", hide_input=True, confirmation_prompt=True))


def _tell_password(name: str, password: str | None) -> None:
    if password is None:
        say(
            Text(zh="{name}：密码已设，登录后须修改", en="{name}: the password is set and has to be changed").format(
                name=name
            )
        )
        return
    said = Text(
        zh="{name} 的初始密码（只显示这一次）：{password}", en="First password of {name}, shown this once: {password}"
    )
    say(said.format(name=name, password=password))


def _tell_link(name: str, subject: str) -> None:
    linked = Text(zh="{name} 用统一身份 {subject} 登录", en="{name} signs in as {subject} of the OpenID provider")
    unlinked = Text(zh="{name} 没有关联统一身份", en="{name} is linked to nobody of the OpenID provider")
    say((linked if subject else unlinked).format(name=name, subject=subject))


def _state(each: "Account") -> str:
    marks = {
        Text(zh="已停用", en="disabled"): each.disabled,
        Text(zh="须改密码", en="must change the password"): each.must_change,
        Text(zh="演示", en="demonstration"): each.demo,
    }
    told = ", ".join(text.in_(language()) for text, holds in marks.items() if holds)
    return f"[{told}]" if told else ""


def _grant(granted: "Grant") -> str:
    from geo.right import ROLES

    place = granted.place or Text(zh="全部", en="everywhere")
    layers = f" ({' '.join(granted.layers)})" if granted.layers else ""
    return f"{ROLES[granted.role].label.in_(language())} · {place.in_(language())} {granted.org_unit or ''}{layers}"
