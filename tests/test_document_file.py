"""What a document is, by its bytes: the formats that are kept, and everything that only says it were one of them."""

import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from papers import OFD, OPEN, PDF, every, members_of, open_document, picture, word, workbook, zipped

from geo.document_file import FORMATS, LONGEST_NAME, cleaned, read
from geo.document_zip import DocumentRefused


def refused(name: str, content: bytes) -> DocumentRefused:
    with pytest.raises(DocumentRefused) as raised:
        read(name, content)
    assert raised.value.text.zh != raised.value.text.en
    return raised.value


@pytest.mark.parametrize("ending", every())
def test_a_document_is_what_it_holds(ending: str) -> None:
    content = every()[ending]
    for name in (f"批复.{ending}", f"批复.{ending.upper()}", "没有后缀", "报告v1.2"):
        found = read(name, content)
        assert ending in found.format.suffixes
        assert found.content == content
        assert found.name.lower().endswith(f".{ending}")
    assert {each.suffixes[0] for each in FORMATS.values()} == set(every())


@pytest.mark.parametrize("ending", every())
def test_a_name_that_says_another_format_is_refused(ending: str) -> None:
    for other in ("pdf", "png", "docx", "exe", "html", "svg", "zip"):
        if other != ending:
            assert f".{other}" in refused(f"a.{other}", every()[ending]).text.zh


@pytest.mark.parametrize("ending", every())
def test_half_a_document_is_refused(ending: str) -> None:
    content = every()[ending]
    for part in (content[: len(content) // 2], content[:-30], content[:12]):
        refused(f"a.{ending}", part)


def with_macros(content: bytes, **more: str) -> bytes:
    return zipped({**members_of(content), **more})


def macro_enabled(content: bytes) -> bytes:
    members = members_of(content)
    types = members["[Content_Types].xml"].decode()
    members["[Content_Types].xml"] = types.replace(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
        "application/vnd.ms-word.document.macroEnabled.main+xml",
    ).encode()
    return zipped(members)


def locked(content: bytes) -> bytes:
    """The same with the mark of a password on every member."""
    raw = bytearray(content)
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = raw.find(mark)
        while start >= 0:
            raw[start + place] |= 1
            start = raw.find(mark, start + 4)
    return bytes(raw)


def lying(content: bytes, size: int) -> bytes:
    """The same whose directory says another size of the first member than it has."""
    raw = bytearray(content)
    at = raw.find(b"PK\x01\x02") + 24
    raw[at : at + 4] = struct.pack("<I", size)
    return bytes(raw)


def twice() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("OFD.xml", OFD)
        archive.writestr("OFD.xml", OFD)
    return written.getvalue()


ENTITIES = f'<!DOCTYPE x [<!ENTITY a "{"a" * 50}">]>{OFD.partition("?>")[2]}'
HARMFUL = {
    "empty": (b"", "空"),
    "HTML": (b"\xef\xbb\xbf \n<!doctype html><script>alert(1)</script>", "网页"),
    "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "SVG"),
    "XML": (b"<?xml version='1.0'?><x/>", "网页"),
    "a program of Windows": (b"MZ\x90\0" + b"\0" * 90, "程序"),
    "a program of Linux": (b"\x7fELF" + b"\0" * 90, "程序"),
    "a script": (b"#!/bin/sh\nrm -rf /\n", "程序"),
    "an old DOC, or one with a password": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "旧版"),
    "RTF": (b"{\\rtf1 x}", "只接受"),
    "text": ("批复".encode(), "只接受"),
    "GIF": (b"GIF89a" + b"\0" * 30, "只接受"),
    "7z": (b"7z\xbc\xaf\x27\x1c" + b"\0" * 30, "只接受"),
    "a PDF behind a page": (b"<html>" + PDF, "网页"),
    "a PDF without an end": (PDF[:-7], "损坏"),
    "a plain zip": (zipped({"a.txt": "x"}), "只接受"),
    "an empty zip": (b"PK\x05\x06" + b"\0" * 18, "只接受"),
    "a DOCX with macros": (with_macros(word(), **{"word/vbaProject.bin": "x"}), "宏"),
    "an XLSX with macros of 1992": (with_macros(workbook(), **{"xl/macrosheets/sheet1.xml": "x"}), "宏"),
    "a DOCM under another name": (macro_enabled(word()), "宏"),
    "an ODT with Basic": (open_document("text", **{"Basic/Standard/x.xml": "x"}), "宏"),
    "a DOCX with a program": (with_macros(word(), **{"word/embeddings/a.exe": "x"}), "程序"),
    "an ODT with a password": (open_document("text", "<manifest:encryption-data/>"), "密码"),
    "a zip with a password": (locked(word()), "密码"),
    "a bomb": (with_macros(word(), **{"word/a.xml": "\0" * 30_000_000}), "过大"),
    "a thousand times a thousand": (zipped({"OFD.xml": OFD, **{f"{n}": "" for n in range(5_001)}}), "过大"),
    "a bomb that says it is small": (lying(zipped({"OFD.xml": OFD + " " * 200_000}), 200), "损坏"),
    "two documents in one": (with_macros(word(), **{"OFD.xml": OFD}), "只接受"),
    "two of a name": (twice(), "损坏"),
    "a way out": (zipped({"OFD.xml": OFD, "../../x": "x"}), "损坏"),
    "a zip with something behind it": (zipped({"OFD.xml": OFD}) + b"x", "损坏"),
    "a zip with a comment": (zipped({"OFD.xml": OFD})[:-2] + b"\x01\0x", "损坏"),
    "an OFD of another name": (zipped({"OFD.xml": "<OFD/>"}), "只接受"),
    "entities": (zipped({"OFD.xml": ENTITIES}), "损坏"),
    "an ODP": (open_document("presentation"), "只接受"),
    "an ODT in another order": (zipped({"content.xml": "<x/>", "mimetype": f"{OPEN}text"}), "只接受"),
    "an unusual compression": (zipped({"OFD.xml": OFD}, compress=zipfile.ZIP_LZMA), "损坏"),
    "types that name no member": (
        zipped({name: each for name, each in members_of(word()).items() if name != "word/document.xml"}), "只接受"
    ),
    "a picture with an archive": (picture("PNG") + zipped({"a": "x"}), "压缩包"),
    "no picture": (b"\x89PNG\r\n\x1a\n" + b"x" * 50, "损坏"),
}  # fmt: skip


@pytest.mark.parametrize("what", HARMFUL)
def test_what_is_no_document_or_may_harm_is_refused_with_a_reason(what: str) -> None:
    content, said = HARMFUL[what]
    assert said in refused("x", content).text.zh


def test_the_ways_of_breaking_a_document_leave_one_that_would_be_kept() -> None:
    """The control: what was done to those above, with nothing in it that harms."""
    assert read("x", with_macros(word(), **{"word/a.xml": "x"})).format.suffixes == ("docx",)
    assert read("x", zipped({"OFD.xml": OFD, **{f"{n}": "" for n in range(4_000)}})).format.suffixes == ("ofd",)
    assert read("x", zipped({"OFD.xml": OFD + " " * 200_000})).format.suffixes == ("ofd",)
    assert read("x", open_document("text", **{"Thumbnails/a.png": "x"})).format.suffixes == ("odt",)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("批复（一）.pdf", "批复（一）.pdf"), ("C:\\案卷\\a.pdf", "a.pdf"), ("../../etc/a.pdf", "a.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"), ("\u202efdp.exe.pdf", "fdp.exe.pdf"), (" . ", "document"),
        ("", "document"), ("a\u3000 b.pdf", "a b.pdf"), ("长" * 300 + ".pdf", "长" * (LONGEST_NAME - 4) + ".pdf"),
    ],
)  # fmt: skip
def test_a_name_is_kept_without_what_nobody_sees(name: str, kept: str) -> None:
    assert cleaned(name) == kept


@given(st.text(max_size=400))
def test_any_name_becomes_one_that_can_be_kept(name: str) -> None:
    kept = cleaned(name)
    assert 1 <= len(kept) <= LONGEST_NAME
    assert cleaned(kept) == kept
    assert not set(kept) & set("/\\\0\r\n\t\u202e")
    assert 1 <= len(read(kept if "." not in kept else "a", PDF).name) <= 200
