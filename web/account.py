"""The pages of accounts from values: signing in, a new password, the own account, all accounts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from geo.account import Account
from geo.first_account import DemoAccount
from geo.layer import Layer
from geo.right import ROLES, Verb
from geo.settings import settings
from geo.sign_in import Session
from geo.text import Text
from geo.token import Token
from web.sheet import Sheet

VERBS = {
    Verb.VIEW: Text(zh="查看", en="view"),
    Verb.DOWNLOAD: Text(zh="下载", en="download"),
    Verb.EDIT: Text(zh="编辑", en="edit"),
    Verb.APPROVE: Text(zh="审核", en="approve"),
    Verb.PERSONAL: Text(zh="查看个人信息", en="see personal data"),
    Verb.ADMINISTER: Text(zh="管理账号", en="keep accounts"),
}
"""What the verbs of rights are called."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What the last form led to: why it was refused, with what was typed in it, or a secret to be shown this once.

    ``form`` names the form; ``typed`` never holds a password.
    """

    form: str = ""
    refused: Text | None = None
    typed: Mapping[str, str] = field(default_factory=dict[str, str])
    name: str = ""
    secret: str = ""


@dataclass(frozen=True, slots=True)
class Entrance:
    """What the page of signing in offers: where it leads, accounts of the demonstration, an OpenID provider.

    ``provider`` is the address that leads to it, None without one; ``public`` whether there is a page for everybody;
    ``left`` whether somebody has just signed out.
    """

    to: str
    demo: Sequence[DemoAccount] = ()
    provider: str | None = None
    public: bool = False
    left: bool = False


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """Why signing in with the OpenID provider came to nothing, where to try again, and who it was if that is known."""

    code: str
    reason: Text
    again: str
    subject: str
    issuer: str


@dataclass(frozen=True, slots=True)
class Own:
    """What the page of the own account shows; ``current`` is the hash of the session that looks at it."""

    account: Account
    sessions: Sequence[Session]
    current: str | None
    tokens: Sequence[Token]


@dataclass(frozen=True, slots=True)
class Everybody:
    """What the page of all accounts shows, the townships to grant roles in by code, whether a provider is offered."""

    accounts: Sequence[Account]
    townships: Mapping[str, Text]
    provider: bool = False


def login_page(sheet: Sheet, entrance: Entrance, answered: Answered) -> str:
    """Name and password, and whatever else one may sign in with."""
    return _render(sheet, "login.html", entrance=entrance, answered=answered)


def turned_away_page(sheet: Sheet, told: TurnedAway) -> str:
    """Why nobody was signed in with the OpenID provider, and what to do."""
    return _render(sheet, "oidc.html", told=told)


def password_page(sheet: Sheet, name: str, answered: Answered, *, first: bool) -> str:
    """A new password for the account of that name; ``first`` is whether the present one has to be changed."""
    return _render(sheet, "password.html", name=name, answered=answered, first=first)


def account_page(sheet: Sheet, own: Own, layers: Mapping[str, Layer], answered: Answered) -> str:
    """The own account: what it may do where, its sessions and its tokens."""
    return _render(sheet, "account.html", own=own, layers=layers, answered=answered)


def accounts_page(sheet: Sheet, everybody: Everybody, layers: Mapping[str, Layer], answered: Answered) -> str:
    """All accounts with the forms that change them."""
    return _render(sheet, "accounts.html", everybody=everybody, layers=layers, answered=answered)


def _render(sheet: Sheet, template: str, **values: object) -> str:
    zone = ZoneInfo(settings().timezone)

    def when(moment: datetime | None) -> str:
        return "" if moment is None else moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")

    return sheet.render(template, roles=ROLES, verbs=VERBS, when=when, **values)
