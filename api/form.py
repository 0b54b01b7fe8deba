"""What a browser's form sends, as texts and files by name: read whole, with the standard library."""

from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from geo.errors import ShanheError
from geo.text import Text

FIELDS, PARTS = 20_000, 200


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
    head = b"Content-Type: " + kind.encode("latin-1") + b"\r\n\r\n"
    boundary = message_from_bytes(head, policy=policy.HTTP).get_boundary() or ""
    if body.count(b"--" + boundary.encode("utf-8", "replace")) > PARTS:
        raise FormUnreadable(reason=Text(zh="内容太多", en="it has too many parts"))
    message = message_from_bytes(head + body, policy=policy.HTTP)
    form = Form({})
    for part in message.iter_parts():
        name, file = part.get_param("name", header="content-disposition"), part.get_filename()
        content = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(content, bytes):
            raise FormUnreadable(reason=Text(zh="内容不完整", en="it is not whole"))
        if file is None:
            form.fields[name] = content.decode("utf-8", "replace")
        else:
            form.files[name] = (file, content)
    return form


async def _sent(request: Request) -> Form:
    return read(request.headers.get("content-type", ""), await request.body())


SentForm = Annotated[Form, Depends(_sent)]
