"""Documents for tests: a small true one of every format that is kept."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import docx
import PIL.Image
from openpyxl import Workbook

PDF = (
    b"%PDF-1.4\n%\xe5\xb1\xb1\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n"
)
MANIFEST = (
    '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml">{}</manifest:file-entry>'
    "</manifest:manifest>"
)
OPEN = "application/vnd.oasis.opendocument."
OFD = '<?xml version="1.0" encoding="UTF-8"?><ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016" DocType="OFD"/>'


def picture(kind: str) -> bytes:
    """A picture in a format of Pillow."""
    written = io.BytesIO()
    PIL.Image.effect_noise((64, 48), 40).convert("RGB").save(written, kind)
    return written.getvalue()


def zipped(members: Mapping[str, str | bytes], **more: Any) -> bytes:
    """A zip of some members; ``mimetype`` is stored as it is."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            how = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(name, content, compress_type=more.get("compress", how))
    return written.getvalue()


def members_of(content: bytes) -> dict[str, bytes]:
    """What a zip holds."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def word() -> bytes:
    """A DOCX."""
    written, document = io.BytesIO(), docx.Document()
    document.add_paragraph("验收合格")
    document.save(written)
    return written.getvalue()


def workbook() -> bytes:
    """An XLSX."""
    written, book = io.BytesIO(), Workbook()
    book.worksheets[0]["A1"] = "面积"
    book.save(written)
    return written.getvalue()


def open_document(kind: str, encrypted: str = "", **members: str) -> bytes:
    """An ODT or ODS."""
    manifest = MANIFEST.format(encrypted)
    return zipped({"mimetype": f"{OPEN}{kind}", "content.xml": "<x/>", "META-INF/manifest.xml": manifest, **members})


def every() -> dict[str, bytes]:
    """One of every format, by its ending."""
    return {
        "pdf": PDF, "jpg": picture("JPEG"), "png": picture("PNG"), "webp": picture("WEBP"), "docx": word(),
        "xlsx": workbook(), "odt": open_document("text"), "ods": open_document("spreadsheet"),
        "ofd": zipped({"OFD.xml": OFD, "Doc_0/Document.xml": "<x/>"}),
    }  # fmt: skip
