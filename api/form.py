"""What a browser's form sends, as texts and files by name: read whole, with the standard library."""

import re
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Annotated
from urllib.parse import parse_qsl, unquote_to_bytes

from fastapi import Depends, Request

from geo.errors import ShanheError
from geo.text import Text

FIELDS, PARTS = 20_000, 200
_DISPOSITION = re.compile(rb"^content-disposition:\s*form-data((?:;.*)?)\r?$", re.I | re.M)
_ESCAPED = re.compile(r"%(22|0D|0A)", re.I)
_NOT_WHOLE = Text(zh="内容不完整", en="it is not whole")


class FormUnreadable(ShanheError):
    """A form cannot be read."""

    code = "form_unreadable"
    sentence = Text(zh="无法读取提交的内容：{reason}", en="What was sent cannot be read: {reason}")


@dataclass(frozen=True)
class Form:
    """The fields of a form and its files as (name, content)."""

    fields: dict[str, str]
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict[str, tuple[str, bytes]])


def read(kind: str, body: bytes) -> Form:
    """The form in a request body whose content type is ``kind``; raises :class:`FormUnreadable`."""
    media = kind.partition(";")[0].strip().lower()
    if media == "application/x-www-form-urlencoded":
        try:
            return Form(dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FIELDS)))
        except ValueError:
            raise FormUnreadable(reason=Text(zh="不是表单", en="it is not a form")) from None
    if media != "multipart/form-data":
        raise FormUnreadable(reason=Text(zh="不是表单", en="it is not a form"))
    boundary = _boundary(kind)
    if not boundary or body.count(b"--" + boundary) > PARTS:
        reason = Text(zh="内容太多", en="it has too many parts") if boundary else _NOT_WHOLE
        raise FormUnreadable(reason=reason)
    _, *parts = (b"\r\n" + body).split(b"\r\n--" + boundary)
    if not parts or not parts[-1].startswith(b"--"):
        raise FormUnreadable(reason=_NOT_WHOLE)
    form = Form({})
    for part in parts[:-1]:
        head, blank, content = part.partition(b"\r\n\r\n")
        disposition = _DISPOSITION.search(head)
        name = _parameter(b"name", disposition[1]) if disposition and blank else None
        if disposition is None or name is None or head.partition(b"\r\n")[0].strip(b" \t"):
            raise FormUnreadable(reason=_NOT_WHOLE)
        file = _parameter(b"filename", disposition[1])
        if file is None:
            form.fields[name] = content.decode("utf-8", "replace")
        else:
            form.files[name] = (file, content)
    return form


def _boundary(kind: str) -> bytes:
    head = b"Content-Type: " + kind.encode("latin-1") + b"\r\n\r\n"
    return (message_from_bytes(head, policy=policy.HTTP).get_boundary() or "").encode("utf-8", "replace")


def _parameter(name: bytes, disposition: bytes) -> str | None:
    """A parameter as browsers write it (WHATWG HTML, multipart form data), or as RFC 5987 has it."""
    coded = re.search(rb";\s*" + name + rb"\*=utf-8'[^';]*'([^\s;]+)", disposition, re.I)
    if coded is not None:
        return unquote_to_bytes(coded[1]).decode("utf-8", "replace")
    plain = re.search(rb";\s*" + name + rb'=(?:"((?:\\"|[^"])*)"|([^\s;"]+))', disposition, re.I)
    if plain is None:
        return None
    text = (plain[1] if plain[1] is not None else plain[2]).decode("utf-8", "replace").replace('\\"', '"')
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


async def _sent(request: Request) -> Form:
    return read(request.headers.get("content-type", ""), await request.body())


SentForm = Annotated[Form, Depends(_sent)]
