"""Photos and recordings that residents send: type told by content, size bounded, photos written anew without metadata.

Everything happens in memory. What a file says about itself (its name, its declared type) is never believed: the first
bytes say what it is, and the structure that follows must agree. Dimensions are read before pixels are, so a small file
that unpacks to a huge picture is refused while it is still small.
"""

import hashlib
import io
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from PIL import Image

MAX_PHOTO_BYTES = 12 * 1024 * 1024
# Measured peaks at these sizes: JPEG 95 MB (progressive 180), PNG 380, WebP 330: its decoder holds four copies at once.
MAX_PIXELS = {"JPEG": 40_000_000, "PNG": 40_000_000, "WEBP": 20_000_000}
MAIN_SIDE, THUMBNAIL_SIDE = 1600, 320
MAX_VOICE_BYTES, MAX_VOICE_SECONDS = 5 * 1024 * 1024, 180
MAX_VIDEO_BYTES = 30 * 1024 * 1024
# Far above what cameras and encoders write (about 10 scans, tens of segments, a PNG chunk per 4-64 KB), far below what
# makes 12 MB cost minutes: each scan of a progressive JPEG goes over the whole picture, each segment is a Python step.
_MAX_SCANS, _MAX_SEGMENTS, _MAX_ELEMENTS = 64, 8_000, 200_000

# How a recording is to be served: never shown inside a page, its type never guessed by the browser.
RECORDING_HEADERS = {
    "Content-Disposition": "attachment",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}

# One sentence per reason; the part before ":" is the stable code.
MESSAGES: dict[str, str | Promise] = {
    "too_large": _("照片太大了，每张最多12兆。"),
    "wrong_type": _("这不是照片，请上传JPG、PNG或WebP格式的照片。"),
    "wrong_type:heic": _("这是HEIC格式的照片，暂时打不开。请在手机相机设置里选“兼容性最佳”，或截屏后再上传。"),
    "too_many_pixels": _("照片的尺寸太大了，最多4000万像素。"),
    "too_many_pixels:webp": _("照片的尺寸太大了，WebP格式最多2000万像素，请换成JPG格式。"),
    "damaged": _("照片已损坏或没有传完整，请重新选择。"),
    "too_large:voice": _("录音太大了，最多5兆。"),
    "too_large:video": _("视频太大了，最多30兆。"),
    "too_long": _("录音太长了，最多3分钟。"),
    "wrong_type:recording": _("不支持这种文件，录音请用M4A、MP3、OGG或WebM，视频请用MP4或WebM。"),
    "damaged:recording": _("文件已损坏或没有传完整，请重新录制。"),
}


class MediaRefused(ValueError):
    """A file that is not kept. ``code`` is stable, ``message_zh`` what the sender reads, ``name`` the file chosen."""

    def __init__(self, reason: str, *, name: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = reason.partition(":")[0]
        self.message_zh = MESSAGES[reason]
        self.name = "".join(ch for ch in name[:200] if ch.isprintable())[:80]


class PhotoRefused(MediaRefused):
    """Codes: too_large, wrong_type, too_many_pixels, damaged."""


class RecordingRefused(MediaRefused):
    """Codes: too_large, too_long, wrong_type, damaged."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture as it is kept, without metadata; ``width``, ``height`` (pixels), ``sha256`` (hex) are of ``jpeg``."""

    jpeg: bytes
    thumbnail: bytes
    width: int
    height: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Recording:
    """A voice note or video as it was sent. ``mime`` was told by content; serve it with ``RECORDING_HEADERS`` only."""

    data: bytes
    mime: str
    sha256: str


# --- photos -------------------------------------------------------------------------------------------------

_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION = 0x0112


def sanitise_photo(data: bytes, *, name: str = "") -> Photo:
    """Return the photo in ``data`` (JPEG, PNG, WebP; of several frames the first) upright, shrunk, without metadata.

    ``name`` is the file's name at the sender, used only to say which file was refused. Raises ``PhotoRefused``.
    """
    try:
        return _photo(data)
    except PhotoRefused as refused:
        raise PhotoRefused(refused.reason, name=name) from refused.__cause__
    except Exception as error:
        # On hostile bytes Pillow's readers raise what they stumble over: OSError, SyntaxError, struct.error, EOFError …
        raise PhotoRefused("damaged", name=name) from error


def _photo(data: bytes) -> Photo:
    if len(data) > MAX_PHOTO_BYTES:
        raise PhotoRefused("too_large")
    kind = _photo_kind(data)
    width, height = _CHECKS[kind](data)
    if width * height > MAX_PIXELS[kind]:
        raise PhotoRefused("too_many_pixels:webp" if kind == "WEBP" else "too_many_pixels")
    with Image.open(io.BytesIO(data), formats=(kind,)) as picture:
        if picture.size != (width, height):
            raise PhotoRefused("damaged")
        main = _shrunk(picture)
    small = main.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    jpeg = _jpeg(main)
    return Photo(jpeg, _jpeg(small), main.width, main.height, hashlib.sha256(jpeg).hexdigest())


def _photo_kind(data: bytes) -> str:
    if not data:
        raise PhotoRefused("damaged")
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    heic = data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS
    raise PhotoRefused("wrong_type:heic" if heic else "wrong_type")


def _check_png(data: bytes) -> tuple[int, int]:
    """Width and height from the header; refuses absurdly many chunks."""
    width, height = struct.unpack_from(">II", data, 16)
    position = 8
    for _n in range(_MAX_SEGMENTS):
        if data[position + 4 : position + 8] in (b"IEND", b""):
            return width, height
        position += 12 + int.from_bytes(data[position : position + 4])
    raise PhotoRefused("damaged")


def _check_webp(data: bytes) -> tuple[int, int]:
    """Width and height of the canvas, which the decoder allocates on opening.

    Source: WebP container specification, developers.google.com/speed/webp/docs/riff_container.
    """
    form = data[12:16]
    if form == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if form == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if form == b"VP8 ":
        return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF
    raise PhotoRefused("damaged")


# In entropy-coded data 0xFF is followed by 0x00, a restart marker or fill bytes; else the scan ends (ITU-T T.81 B.1).
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_FRAME_HEADERS = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def _check_jpeg(data: bytes) -> tuple[int, int]:
    """Width and height of the first picture; refuses more segments or scans in it than any camera writes."""
    size, position, scans = (0, 0), 2, 0
    for _n in range(_MAX_SEGMENTS):
        found = _NEXT_MARKER.search(data, position)
        if found is None or data[found.start() + 1] == 0xD9:
            return size
        marker, segment = data[found.start() + 1], found.end()
        if marker in _FRAME_HEADERS:
            height, width = struct.unpack_from(">HH", data, segment + 3)
            size = (width, height)
        scans += marker == 0xDA
        if scans > _MAX_SCANS:
            break
        position = segment + int.from_bytes(data[segment : segment + 2])
    raise PhotoRefused("damaged")


_CHECKS = {"JPEG": _check_jpeg, "PNG": _check_png, "WEBP": _check_webp}


def _shrunk(picture: Image.Image) -> Image.Image:
    """Decode ``picture`` into a new RGB picture of at most ``MAIN_SIDE``, upright, with nothing attached."""
    target = _fit(picture.size, MAIN_SIDE)
    # The JPEG decoder can halve as it goes: a 40-megapixel photo then never exists in memory at full size.
    picture.draft("RGB", target)
    picture.load()
    orientation = _orientation(picture)
    pixels: Image.Image = picture
    if pixels.mode.startswith("I;16"):
        pixels = pixels.point(lambda value: value / 256).convert("L")  # convert() alone would clip at 255
    elif "transparency" in pixels.info:
        pixels = pixels.convert("RGBA")
    elif pixels.mode in ("1", "P"):
        pixels = pixels.convert("RGB")
    if pixels.size != target:
        pixels = pixels.resize(target, Image.Resampling.LANCZOS, reducing_gap=3.0)
    if pixels.mode in ("RGBA", "LA"):
        ground = Image.new("RGB", target, "white")
        ground.paste(pixels.convert("RGB"), mask=pixels.getchannel("A"))
        pixels = ground
    pixels = pixels.convert("RGB")
    if orientation in _TURNS:
        pixels = pixels.transpose(_TURNS[orientation])
    # Pixels only: Pillow would write a comment that it finds in `info`.
    clean = Image.new("RGB", pixels.size)
    clean.paste(pixels)
    return clean


def _orientation(picture: Image.Image) -> int:
    try:
        return int(picture.getexif().get(_ORIENTATION, 1))
    except Exception:  # a broken EXIF block, which many old phones write, is no reason to refuse a good picture
        return 1


def _fit(size: tuple[int, int], side: int) -> tuple[int, int]:
    longest = max(size)
    if longest <= side:
        return size
    return max(1, round(size[0] * side / longest)), max(1, round(size[1] * side / longest))


def _jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=82, optimize=True)
    return out.getvalue()


# --- recordings ---------------------------------------------------------------------------------------------


class _Found(NamedTuple):
    """What a container holds: ``seconds`` is None where it does not say how long it is."""

    container: str
    video: bool
    audio: bool
    seconds: float | None


def sanitise_recording(data: bytes, name: str = "") -> Recording:
    """Return the voice note (M4A, MP3, OGG, WebM) or video (MP4, QuickTime, WebM) that ``data`` is.

    The bytes stay as they are. Voice or video is told by the tracks: at most 5 MB and 3 minutes, or 30 MB. The length
    is as the container states it; one that states none is bounded by its size. Raises ``RecordingRefused``.
    """
    if len(data) > MAX_VIDEO_BYTES:
        raise RecordingRefused("too_large:video", name=name)
    try:
        found = _recording_kind(data)
    except (IndexError, ValueError, struct.error, OverflowError, ZeroDivisionError) as error:
        raise RecordingRefused("damaged:recording", name=name) from error
    if found is None:
        raise RecordingRefused("wrong_type:recording" if data else "damaged:recording", name=name)
    if not (found.video or found.audio):
        raise RecordingRefused("damaged:recording", name=name)
    if not found.video:
        if len(data) > MAX_VOICE_BYTES:
            raise RecordingRefused("too_large:voice", name=name)
        if found.seconds is not None and found.seconds > MAX_VOICE_SECONDS + 1:
            raise RecordingRefused("too_long", name=name)
    mime = f"{'video' if found.video else 'audio'}/{found.container}"
    return Recording(data, mime, hashlib.sha256(data).hexdigest())


def _recording_kind(data: bytes) -> _Found | None:
    if data[4:8] == b"ftyp" and data[8:12] not in _HEIC_BRANDS | {b"avif", b"avis"}:
        return _mp4(data)
    if data.startswith(b"\x1aE\xdf\xa3"):
        return _webm(data)
    if data.startswith(b"OggS"):
        return _ogg(data)
    if data.startswith(b"ID3") or (data[:1] == b"\xff" and _mp3_frame(data, 0) is not None):
        return _mp3(data)
    return None


_MP4_PARENTS = {b"moov", b"trak", b"mdia", b"moof", b"traf"}


def _mp4_boxes(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Boxes of an ISO 14496-12 file as (type, start of content, end), parents before what they hold; no recursion."""
    open_ends, position = [len(data)], 0
    for _n in range(_MAX_ELEMENTS):
        while position >= open_ends[-1]:
            open_ends.pop()
            if not open_ends:
                return
        length, kind = struct.unpack_from(">I4s", data, position)
        content = position + 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", data, content)
            content += 8
        end = open_ends[-1] if length == 0 else position + length
        if end < content or end > open_ends[-1]:
            raise ValueError("box reaches beyond what holds it")
        yield kind, content, end
        if kind in _MP4_PARENTS:
            open_ends.append(end)
            position = content
        else:
            position = end
    raise ValueError("too many boxes")


def _mp4(data: bytes) -> _Found:
    handlers: set[bytes] = set()
    scale, seconds, track_scale, fragment = 0, 0.0, 0, 0
    for kind, start, _end in _mp4_boxes(data):
        if kind in (b"mvhd", b"mdhd"):
            layout, at = (">IQ", start + 20) if data[start] else (">II", start + 12)
            scale, length = struct.unpack_from(layout, data, at)
            if kind == b"mdhd":
                track_scale = scale
            elif length not in (0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF):
                seconds = length / scale if scale else 0.0
        elif kind == b"hdlr":
            handlers.add(data[start + 8 : start + 12])
        elif kind == b"tfdt":  # browsers record in fragments: the start of the last one is the length, or nearly
            fragment = max(fragment, struct.unpack_from(">Q" if data[start] else ">I", data, start + 4)[0])
    if fragment and track_scale:
        seconds = max(seconds, fragment / track_scale)
    container = "quicktime" if data[8:12] == b"qt  " and b"vide" in handlers else "mp4"
    return _Found(container, b"vide" in handlers, b"soun" in handlers, seconds or None)


_EBML, _SEGMENT, _INFO, _TRACKS, _TRACK, _CLUSTER = 0x1A45DFA3, 0x18538067, 0x1549A966, 0x1654AE6B, 0xAE, 0x1F43B675
_DOCTYPE, _SCALE, _DURATION, _TRACK_TYPE, _TIMESTAMP = 0x4282, 0x2AD7B1, 0x4489, 0x83, 0xE7
_WEBM_PARENTS = {_EBML, _SEGMENT, _INFO, _TRACKS, _TRACK, _CLUSTER}


def _webm_elements(data: bytes) -> Iterator[tuple[int, int, int]]:
    """EBML elements (RFC 8794) as (id, start of content, end); parents are entered, also those of unknown length."""
    position = 0
    for _n in range(_MAX_ELEMENTS):
        if position >= len(data):
            return
        id_length = 9 - data[position].bit_length()
        if id_length > 4:
            raise ValueError("no element id")
        size_at = position + id_length
        identity = int.from_bytes(data[position:size_at])
        size_length = 9 - data[size_at].bit_length()
        if size_length > 8:
            raise ValueError("no element size")
        start = size_at + size_length
        size = int.from_bytes(data[size_at:start]) & ((1 << 7 * size_length) - 1)
        unknown = size == (1 << 7 * size_length) - 1
        if not unknown and start + size > len(data):
            raise ValueError("element reaches beyond the file")
        yield identity, start, len(data) if unknown else start + size
        if unknown and identity not in _WEBM_PARENTS:
            raise ValueError("element of unknown length")
        position = start if identity in _WEBM_PARENTS else start + size
    raise ValueError("too many elements")


def _webm(data: bytes) -> _Found | None:
    tracks: set[int] = set()
    scale, duration, last, doctype = 1_000_000, 0.0, 0, b""
    for identity, start, end in _webm_elements(data):
        if identity == _DOCTYPE:
            doctype = data[start:end].rstrip(b"\0")
        elif identity == _SCALE:
            scale = int.from_bytes(data[start : min(end, start + 8)])
        elif identity == _DURATION and end - start in (4, 8):
            (duration,) = struct.unpack_from(">f" if end - start == 4 else ">d", data, start)
        elif identity == _TRACK_TYPE:
            tracks.add(data[start])
        elif identity == _TIMESTAMP:
            last = max(last, int.from_bytes(data[start : min(end, start + 8)]))
    if doctype not in (b"webm", b"matroska"):
        return None
    seconds = max(duration, last) * scale / 1e9
    return _Found("webm", 1 in tracks, 2 in tracks, seconds or None)


def _ogg(data: bytes) -> _Found | None:
    """First page names the codec (RFC 3533; Opus in RFC 7845), last page the position in samples."""
    head = data[27 + data[26] :][:64]
    if head.startswith(b"OpusHead"):
        rate = 48_000
    elif head.startswith(b"\x01vorbis"):
        (rate,) = struct.unpack_from("<I", head, 12)
    elif head.startswith(b"Speex   "):
        (rate,) = struct.unpack_from("<I", head, 36)
    else:
        return None
    last = data.rfind(b"OggS")
    (samples,) = struct.unpack_from("<q", data, last + 6)
    return _Found("ogg", False, True, samples / rate if samples > 0 else None)


_MP3_KBITS = {
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),  # MPEG 1, layer III
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),  # MPEG 2 and 2.5
}
_MP3_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}


def _mp3_frame(data: bytes, at: int) -> tuple[int, float] | None:
    """(length in bytes, seconds) of the layer III frame that starts at ``at``, or None if none does."""
    head = int.from_bytes(data[at : at + 4]) if at + 4 <= len(data) else 0
    version, bitrate, rate = head >> 19 & 3, head >> 12 & 15, head >> 10 & 3
    if head >> 21 != 0x7FF or version == 1 or head >> 17 & 3 != 1 or bitrate in (0, 15) or rate == 3:
        return None
    hertz = _MP3_RATES[version][rate]
    samples = 1152 if version == 3 else 576
    bits = _MP3_KBITS[3 if version == 3 else 2][bitrate] * 1000
    return samples // 8 * bits // hertz + (head >> 9 & 1), samples / hertz


def _mp3(data: bytes) -> _Found:
    """Walk the frames after an ID3v2 tag; at least two must follow each other."""
    position = 0
    if data.startswith(b"ID3"):
        position = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))
    frames, seconds = 0, 0.0
    while (frame := _mp3_frame(data, position)) is not None:
        position += frame[0]
        frames += 1
        seconds += frame[1]
    return _Found("mpeg", False, frames >= 2, seconds)
