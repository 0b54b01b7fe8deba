"""Which person of the OpenID provider an account is: linked and unlinked by an administrator, never by itself."""

import psycopg

from geo import account, audit
from geo.database import Connection, rows, statement
from geo.errors import BadValue, ShanheError
from geo.id_token import LONGEST_SUBJECT
from geo.settings import settings
from geo.text import Text


class SubjectTaken(ShanheError):
    """Another account is linked to the person already."""

    code = "subject_taken"
    sentence = Text(zh="编号 {subject} 已关联到另一个账号", en="Another account is linked to {subject} already")


def create(connection: Connection, name: str, *, label: str, subject: str, by: str) -> None:
    """Make an account without a password, which a person of the provider signs in with.

    Raises what :func:`geo.account.create` and :func:`link` raise.
    """
    account.create(connection, name, label=label, by=by)
    link(connection, name, subject, by=by)


def link(connection: Connection, name: str, subject: str | None, *, by: str) -> None:
    """Have a person of the provider of the settings sign in with an account; None: nobody of it any more.

    A first password that nobody has changed is withdrawn by it. Sessions end where somebody else was linked before.
    Raises :class:`BadValue`, :class:`SubjectTaken`, :class:`NotFound` and :class:`geo.account.LastAdministrator`.
    """
    number = account.named(connection, name)
    if subject is not None:
        subject = _possible(subject)
    before = rows(connection, "account_subject", account=number)[0]
    issuer = settings().oidc_issuer if subject is not None else None
    if (before["oidc_issuer"], before["oidc_subject"]) == (issuer, subject):
        return
    if before["demo"]:
        reason = Text(zh="演示账号不能关联", en="an account of the demonstration cannot be linked")
        raise BadValue(name="name", value=account.plain(name), reason=reason)
    audit.by(connection, by)
    try:
        with account.administered(connection):
            connection.execute(statement("account_link"), {"account": number, "issuer": issuer, "subject": subject})
    except psycopg.errors.UniqueViolation:
        raise SubjectTaken(subject=subject) from None
    if before["oidc_subject"] is not None:
        account.end(connection, number)
    told = {"account": account.plain(name), "issuer": issuer, "subject": subject, "before": before["oidc_subject"]}
    audit.note(connection, by, "account.link", told)


def _possible(subject: str) -> str:
    subject = subject.strip()
    if not settings().oidc_issuer:
        reason = Text(zh="没有设置 SHANHE_OIDC_ISSUER", en="SHANHE_OIDC_ISSUER is not set")
        raise BadValue(name="oidc_subject", value=subject[:80], reason=reason)
    if not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        reason = Text(zh="1 到 255 个字符", en="1 to 255 characters")
        raise BadValue(name="oidc_subject", value=subject[:80], reason=reason)
    return subject
