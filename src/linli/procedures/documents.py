"""Documents that people send: type told by content, size bounded, kept as they came; only ever handed out to be saved.

What a file says about itself is not believed but for one thing: a plain text names itself .txt or .csv, for nothing inside could.
Containers (docx, xlsx, odt, ods) are ZIP archives: how much they would unpack to is read from their directory, nothing is unpacked.
"""

import io
import struct
import unicodedata
import zipfile
from typing import NamedTuple

from django.utils.translation import gettext as _

MAX_BYTES = 20 * 1024 * 1024
# a text of a thousand pages has some hundred parts; its directory is far below a megabyte
MOST_ENTRIES, MOST_DIRECTORY = 3_000, 1_000_000
MOST_UNPACKED = 300 * 1024 * 1024
_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"
MIMES = {
    "pdf": "application/pdf",
    "docx": f"{_OFFICE}.wordprocessingml.document",
    "xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    "odt": f"{_OPEN}.text",
    "ods": f"{_OPEN}.spreadsheet",
    "txt": "text/plain",
    "csv": "text/csv",
}
_END = b"PK\x05\x06"
_MACROS = ("vbaproject.bin", "basic/", "scripts/")


class DocumentRefused(ValueError):
    """A file that is not kept; the message is what its sender reads."""


class Document(NamedTuple):
    """A document as it was sent: its kind ('pdf'), and a name that no system takes for a path, ending as the kind does."""

    data: bytes
    kind: str
    name: str

    @property
    def mime(self) -> str:
        return MIMES[self.kind]


def is_photo(data: bytes) -> bool:
    """Whether bytes begin as a photo does: those are written anew instead (linli.kernel.images)."""
    return data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


def checked(data: bytes, *, name: str) -> Document:
    """Return a document by its content. Raises DocumentRefused."""
    if not data:
        raise DocumentRefused(_("文件是空的，请重新选择。"))
    if len(data) > MAX_BYTES:
        raise DocumentRefused(_("文件太大了，每个最多 %(most)d 兆。") % {"most": MAX_BYTES // 1024 // 1024})
    kind = _kind(data, name)
    return Document(data, kind, safe_name(name, kind))


def _kind(data: bytes, name: str) -> str:
    if data.startswith(b"%PDF-"):
        if b"%%EOF" not in data[-4096:]:
            raise DocumentRefused(_("文件已损坏或没有传完整，请重新选择。"))
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return _container(data)
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise DocumentRefused(_("这是旧格式或带密码的文档，请另存为 docx、xlsx 或 PDF 再上传。"))
    ending = name.rpartition(".")[2].lower()
    if ending in ("txt", "csv") and _is_text(data):
        return ending
    raise DocumentRefused(_("不收这种文件，请上传 PDF、docx、xlsx、odt、ods、txt、csv 或照片。"))


def _is_text(data: bytes) -> bool:
    """Whether bytes are plain text in UTF-8 or GB 18030, without control characters."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return not any(sign < " " and sign not in "\t\r\n\f" for sign in text)
    return False


def _container(data: bytes) -> str:
    damaged = DocumentRefused(_("文件已损坏或没有传完整，请重新选择。"))
    _check_directory(data, damaged)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
                raise DocumentRefused(_("文件展开以后太大，请减小后再上传。"))
            if any(entry.flag_bits & 1 for entry in entries):
                raise DocumentRefused(_("文件带密码，请去掉密码再上传。"))
            kind = _kind_of(archive, {entry.filename: entry for entry in entries})
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, ValueError) as error:
        if isinstance(error, DocumentRefused):
            raise
        raise damaged from error
    return kind


def _check_directory(data: bytes, damaged: DocumentRefused) -> None:
    """Refuse a directory longer than any document has, before it is read: each entry is a Python object."""
    place = data.rfind(_END, max(0, len(data) - 66_000))
    if place < 0 or place + 22 > len(data):
        raise damaged
    _disk, _start, _here, count, size, offset = struct.unpack_from("<HHHHLL", data, place + 4)
    if count > MOST_ENTRIES or size > MOST_DIRECTORY or offset == 0xFFFFFFFF:
        raise DocumentRefused(_("文件里的内容太多，请拆开再上传。"))


def _kind_of(archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo]) -> str:
    lower = [name.lower() for name in entries]
    if any(name.endswith(_MACROS[0]) or name.startswith(_MACROS[1:]) for name in lower):
        raise DocumentRefused(_("文档里带有宏，请另存为不带宏的文档再上传。"))
    if "[Content_Types].xml" in entries:
        for kind, part in (("docx", "word/document.xml"), ("xlsx", "xl/workbook.xml")):
            if part in entries:
                return kind
    said = entries.get("mimetype")
    # stored plainly, as the format asks: nothing is unpacked to read it
    if said is not None and said.compress_type == zipfile.ZIP_STORED and said.file_size < 100:
        mime = archive.read(said).decode("ascii", "replace")
        for kind in ("odt", "ods"):
            if mime == MIMES[kind] and "content.xml" in entries:
                return kind
    raise DocumentRefused(_("不收压缩包，请把里面的文件一个一个上传。"))


def safe_name(name: str, kind: str) -> str:
    """Return the sender's name for a file without paths, controls and signs that a system may not like, ending in ``.kind``."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    kept = "".join(sign if sign.isprintable() and sign not in '<>:"|?*%;' else "_" for sign in name)
    stem = kept.rpartition(".")[0] if kept.lower().endswith(f".{kind}") else kept
    stem = stem.strip(". ")[:80] or _("文件")
    return f"{stem}.{kind}"
