"""Photos and recordings: every file here is made by the test itself."""

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, PngImagePlugin

from linli.kernel import images
from linli.kernel.images import (
    MAX_PHOTO_BYTES,
    MAX_PIXELS,
    MAX_VIDEO_BYTES,
    MAX_VOICE_BYTES,
    MESSAGES,
    Photo,
    PhotoRefused,
    Recording,
    RecordingRefused,
    sanitise_photo,
    sanitise_recording,
)

RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 200, 30), (30, 30, 220), (255, 255, 255)
GPS_IFD, ORIENTATION = 0x8825, 0x0112


def encoded(picture: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def corners(width: int = 640, height: int = 400, mode: str = "RGB") -> Image.Image:
    """A picture whose four quarters differ: red, green / blue, white."""
    picture = Image.new("RGB", (width, height), WHITE)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, width // 2 - 1, height // 2 - 1), fill=RED)
    draw.rectangle((width // 2, 0, width, height // 2 - 1), fill=GREEN)
    draw.rectangle((0, height // 2, width // 2 - 1, height), fill=BLUE)
    return picture.convert(mode)


def quarters(jpeg: bytes) -> list[str]:
    """The names of the colours in the four quarters, reading order."""
    with Image.open(io.BytesIO(jpeg)) as picture:
        rgb = picture.convert("RGB")
    places = [(x * rgb.width // 4, y * rgb.height // 4) for y in (1, 3) for x in (1, 3)]
    names = {"red": RED, "green": GREEN, "blue": BLUE, "white": WHITE}

    def nearest(pixel: tuple[int, ...]) -> str:
        return min(names, key=lambda name: sum(abs(a - b) for a, b in zip(names[name], pixel, strict=True)))

    return [nearest(rgb.getpixel(place)) for place in places]


def refusal(data: bytes, name: str = "") -> PhotoRefused:
    with pytest.raises(PhotoRefused) as caught:
        sanitise_photo(data, name=name)
    return caught.value


def exif_with_gps(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[0x010F] = "PhoneMaker"
    exif.get_ifd(GPS_IFD).update({1: "N", 2: (30.0, 39.0, 26.0), 3: "E", 4: (104.0, 3.0, 56.0)})
    return exif


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_with_header(width: int, height: int, extra: bytes = b"") -> bytes:
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = png_chunk(b"IDAT", zlib.compress(b"\0" * 300_000))
    return b"\x89PNG\r\n\x1a\n" + header + extra + pixels + png_chunk(b"IEND", b"")


def jpeg_with_size(width: int, height: int) -> bytes:
    data = bytearray(encoded(corners(), "JPEG"))
    header = data.index(b"\xff\xc0")
    data[header + 5 : header + 9] = struct.pack(">HH", height, width)
    return bytes(data)


# --- photos: what comes out ---------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_each_kind_becomes_two_jpegs(form: str) -> None:
    photo = sanitise_photo(encoded(corners(), form), name="一张.jpg")
    assert isinstance(photo, Photo)
    assert (photo.width, photo.height) == (640, 400)
    with Image.open(io.BytesIO(photo.jpeg)) as main, Image.open(io.BytesIO(photo.thumbnail)) as small:
        assert (main.format, main.size, main.mode) == ("JPEG", (640, 400), "RGB")
        assert (small.format, small.size) == ("JPEG", (320, 200))
    assert quarters(photo.jpeg) == quarters(photo.thumbnail) == ["red", "green", "blue", "white"]
    assert photo.sha256 == hashlib.sha256(photo.jpeg).hexdigest()


@pytest.mark.parametrize(
    ("size", "main", "small"),
    [
        ((4000, 3000), (1600, 1200), (320, 240)),
        ((3000, 4000), (1200, 1600), (240, 320)),
        ((1601, 1), (1600, 1), (320, 1)),
        ((9000, 7), (1600, 1), (320, 1)),
        ((320, 320), (320, 320), (320, 320)),
        ((1, 1), (1, 1), (1, 1)),
    ],
)
def test_sizes(size: tuple[int, int], main: tuple[int, int], small: tuple[int, int]) -> None:
    for form in ("JPEG", "PNG"):
        photo = sanitise_photo(encoded(Image.new("RGB", size, RED), form))
        assert (photo.width, photo.height) == main
        with Image.open(io.BytesIO(photo.thumbnail)) as thumbnail:
            assert thumbnail.size == small


def test_a_photo_of_the_largest_size_is_kept() -> None:
    photo = sanitise_photo(encoded(Image.new("L", (8000, 5000), 90), "JPEG"))
    assert (photo.width, photo.height) == (1600, 1000)


@pytest.mark.parametrize(
    ("mode", "form"),
    [
        ("L", "JPEG"),
        ("CMYK", "JPEG"),
        ("1", "PNG"),
        ("L", "PNG"),
        ("P", "PNG"),
        ("RGBA", "PNG"),
        ("LA", "PNG"),
        ("RGBA", "WEBP"),
    ],
)
def test_every_colour_mode(mode: str, form: str) -> None:
    photo = sanitise_photo(encoded(corners(2000, 1000, mode), form))
    assert (photo.width, photo.height) == (1600, 800)
    if mode not in ("L", "1", "LA"):
        assert quarters(photo.jpeg) == ["red", "green", "blue", "white"]


def test_sixteen_bits_keep_their_brightness() -> None:
    photo = sanitise_photo(encoded(Image.new("I;16", (40, 40), 128 * 256), "PNG"))
    with Image.open(io.BytesIO(photo.jpeg)) as picture:
        assert picture.getpixel((20, 20)) == (128, 128, 128)


def test_transparent_parts_become_white() -> None:
    clear = Image.new("RGBA", (40, 40), (10, 10, 10, 0))
    palette = Image.new("P", (40, 40), 0)
    palette.putpalette([10, 10, 10])
    for data in (encoded(clear, "PNG"), encoded(clear, "WEBP"), encoded(palette, "PNG", transparency=0)):
        with Image.open(io.BytesIO(sanitise_photo(data).jpeg)) as picture:
            assert picture.getpixel((20, 20)) == WHITE


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_metadata_is_gone(form: str) -> None:
    secret = b"SECRET-30.657N-104.066E"
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><Location>' + secret + b"</Location></x:xmpmeta>"
    options: dict[str, object] = {"exif": exif_with_gps(), "icc_profile": b"profile " + secret, "xmp": xmp}
    if form == "JPEG":
        options["comment"] = secret
    if form == "PNG":
        del options["xmp"]
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_text("Comment", secret.decode())
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", xmp.decode())
    data = encoded(corners(), form, **options)
    with Image.open(io.BytesIO(data)) as before:
        assert before.getexif().get_ifd(GPS_IFD)[4] == (104.0, 3.0, 56.0)
    assert secret in data

    photo = sanitise_photo(data + secret, name=secret.decode())
    for jpeg in (photo.jpeg, photo.thumbnail):
        assert secret not in jpeg and b"PhoneMaker" not in jpeg and b"Exif" not in jpeg and b"xmp" not in jpeg
        with Image.open(io.BytesIO(jpeg)) as after:
            assert dict(after.getexif()) == {} and dict(after.getexif().get_ifd(GPS_IFD)) == {}
            assert set(after.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_orientation_is_applied(form: str, orientation: int) -> None:
    # Oracle: the Exif standard's table of where row 0 and column 0 of the stored picture are to be seen.
    seen = {
        1: ["red", "green", "blue", "white"],
        2: ["green", "red", "white", "blue"],
        3: ["white", "blue", "green", "red"],
        4: ["blue", "white", "red", "green"],
        5: ["red", "blue", "green", "white"],
        6: ["blue", "red", "white", "green"],
        7: ["white", "green", "blue", "red"],
        8: ["green", "white", "red", "blue"],
    }[orientation]
    photo = sanitise_photo(encoded(corners(2000, 1000), form, exif=exif_with_gps(orientation)))
    assert quarters(photo.jpeg) == quarters(photo.thumbnail) == seen
    assert (photo.width, photo.height) == ((1600, 800) if orientation < 5 else (800, 1600))


def test_a_broken_exif_block_does_not_cost_the_photo() -> None:
    data = encoded(corners(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    assert sanitise_photo(data).width == 640


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_of_an_animation_the_first_picture_is_kept(form: str) -> None:
    rest = [Image.new("RGB", (640, 400), colour) for colour in (BLUE, GREEN)]
    data = encoded(corners(), form, save_all=True, append_images=rest, duration=100)
    with Image.open(io.BytesIO(data)) as before:
        assert before.n_frames == 3
    assert quarters(sanitise_photo(data).jpeg) == ["red", "green", "blue", "white"]


def test_of_a_multi_picture_jpeg_the_first_is_kept() -> None:
    data = encoded(corners(), "MPO", save_all=True, append_images=[Image.new("RGB", (640, 400), BLUE)])
    assert quarters(sanitise_photo(data).jpeg) == ["red", "green", "blue", "white"]


def test_the_same_photo_gives_the_same_hash_whatever_its_name() -> None:
    data = encoded(corners(), "PNG")
    assert sanitise_photo(data, name="a.png") == sanitise_photo(data, name="../../b.jpg\0")


def test_polyglots_lose_their_second_life() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("index.html", "<script>alert(1)</script>")
    html = b"<html><script>alert(1)</script>"
    for data in (
        encoded(corners(), "JPEG", comment=html) + archive.getvalue(),
        encoded(corners(), "PNG") + html + archive.getvalue(),
        encoded(corners(), "WEBP") + html + archive.getvalue(),
    ):
        photo = sanitise_photo(data)
        for jpeg in (photo.jpeg, photo.thumbnail):
            assert jpeg.startswith(b"\xff\xd8\xff") and jpeg.endswith(b"\xff\xd9")
            assert b"<script" not in jpeg and not zipfile.is_zipfile(io.BytesIO(jpeg))


# --- photos: what is refused ----------------------------------------------------------------------------


def disguised_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("bomb", b"\0" * 1_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"<!doctype html><script>alert(1)</script>",
        disguised_zip(),
        encoded(corners(8, 8), "GIF"),
        encoded(corners(8, 8), "BMP"),
        encoded(corners(8, 8), "TIFF"),
        encoded(corners(8, 8), "AVIF"),
        b"%PDF-1.7\n",
        b"MZ\x90\0",
        b"\xff\xd8",
        b"RIFF\x24\0\0\0WAVEfmt ",
        b"\0" * 100,
        " photo ".encode("utf-16"),
    ],
)
def test_other_files_named_jpg_are_refused(data: bytes) -> None:
    refused = refusal(data, "照片.jpg")
    assert refused.code == "wrong_type"
    assert refused.message_zh == MESSAGES["wrong_type"]
    assert refused.name == "照片.jpg"


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1", b"hevc"])
def test_heic_is_refused_with_its_own_advice(brand: bytes) -> None:
    refused = refusal(b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0mif1heic" + b"\0" * 100)
    assert refused.code == "wrong_type"
    assert "HEIC" in str(refused.message_zh)


def test_too_many_bytes() -> None:
    data = encoded(corners(), "JPEG")
    assert refusal(data + b"\0" * (MAX_PHOTO_BYTES + 1 - len(data))).code == "too_large"
    assert sanitise_photo(data + b"\0" * (MAX_PHOTO_BYTES - len(data))).width == 640


@pytest.mark.parametrize("size", [(8001, 5000), (65500, 65500), (30000, 30000)])
def test_bombs_are_refused_by_their_header(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    monkeypatch.setattr(images.Image, "open", lambda *a, **k: opened.append(a))
    webp = bytearray(encoded(corners(64, 64, "RGBA"), "WEBP", exif=exif_with_gps()))
    assert webp[12:16] == b"VP8X"
    webp[24:30] = (size[0] - 1).to_bytes(3, "little") + (size[1] - 1).to_bytes(3, "little")
    for data in (png_with_header(*size), jpeg_with_size(*size), bytes(webp)):
        assert refusal(data).code == "too_many_pixels"
    assert not opened, "the header alone decides"


def test_a_png_of_two_billion_columns() -> None:
    assert refusal(png_with_header(2**31 - 1, 2**31 - 1)).code == "too_many_pixels"


@pytest.mark.parametrize("options", [{"lossless": True}, {"lossless": False}])
def test_webp_sizes_are_read_from_every_form_of_header(options: dict[str, bool]) -> None:
    data = encoded(corners(5001, 4000), "WEBP", method=0, **options)
    assert MAX_PIXELS["WEBP"] < 5001 * 4000
    assert refusal(data).code == "too_many_pixels"
    smaller = encoded(corners(1234, 567), "WEBP", **options)
    assert sanitise_photo(smaller).height == 567


def test_bombs_in_metadata() -> None:
    text = png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"\0" * 5_000_000))
    assert refusal(png_with_header(100, 100, text)).code == "damaged"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_files_cut_short_are_damaged(form: str) -> None:
    data = encoded(Image.effect_noise((300, 300), 80).convert("RGB"), form)
    for share in (0.01, 0.1, 0.5, 0.9, 0.99):
        assert refusal(data[: max(13, int(len(data) * share))]).code == "damaged"


def test_an_empty_file_is_damaged() -> None:
    assert refusal(b"").code == "damaged"


def test_a_size_that_the_pixels_do_not_bear_out_is_damaged() -> None:
    assert refusal(png_with_header(5000, 5000)).code == "damaged"


def test_absurdly_many_parts_are_refused() -> None:
    jpeg = encoded(corners(), "JPEG", progressive=True)
    last_scan = jpeg[jpeg.rindex(b"\xff\xda") : -2]
    assert sanitise_photo(jpeg).width == 640
    for data in (
        jpeg[:-2] + last_scan * 100 + b"\xff\xd9",
        jpeg[:2] + b"\xff\xfe\0\2" * 10_000 + jpeg[2:],
        png_with_header(100, 100, png_chunk(b"juNk", b"") * 10_000),
    ):
        assert refusal(data).code == "damaged"


def test_random_bytes_behind_the_picture_do_not_count_as_its_parts() -> None:
    motion_photo = encoded(corners(), "JPEG") + b"\0\0\0\x18ftypmp42" + b"\xff\xda\0\2" * 1000
    assert sanitise_photo(motion_photo).width == 640


def test_the_name_of_a_refused_file_is_safe_to_show() -> None:
    assert refusal(b"x", "a\u202e\n\0" + "长" * 500).name == "a" + "长" * 79


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["JPEG", "PNG", "WEBP"]),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=12),
    st.floats(0, 1),
)
def test_flipped_bytes_give_a_photo_or_a_refusal(form: str, changes: list[tuple[float, int]], cut: float) -> None:
    data = bytearray(encoded(corners(64, 48), form, exif=exif_with_gps(6)))
    for place, value in changes:
        data[int(place * (len(data) - 1))] = value
    try:
        photo = sanitise_photo(bytes(data[: max(1, int(cut * 2 * len(data)))]))
    except PhotoRefused as refused:
        assert refused.code in {"wrong_type", "too_many_pixels", "damaged"}
    else:
        assert 1 <= photo.width <= 1600 and 1 <= photo.height <= 1600
        assert photo.jpeg.startswith(b"\xff\xd8\xff") and b"Exif" not in photo.jpeg


def test_nothing_is_written_to_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_arguments: object, **_options: object) -> None:
        raise AssertionError("opened a file")

    data = [encoded(corners(2000, 1000), form) for form in ("JPEG", "PNG", "WEBP")]
    sanitise_photo(data[0])  # imports of Pillow's plugins happen here
    for name in ("builtins.open", "io.open", "os.open", "tempfile.mkstemp"):
        monkeypatch.setattr(name, forbidden)
    for content in data:
        sanitise_photo(content)


# --- recordings -------------------------------------------------------------------------------------------


def box(kind: bytes, *contents: bytes) -> bytes:
    content = b"".join(contents)
    return struct.pack(">I", 8 + len(content)) + kind + content


def mp4(brand: bytes, handlers: list[bytes], seconds: float, filler: int = 100, fragment: int | None = None) -> bytes:
    movie = box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 1000, int(seconds * 1000)), b"\0" * 80)
    tracks = [
        box(
            b"trak",
            box(b"tkhd", b"\0" * 84),
            box(
                b"mdia",
                box(b"mdhd", struct.pack(">IIIIII", 0, 0, 0, 48_000, int(seconds * 48_000), 0)),
                box(b"hdlr", b"\0" * 8, handler, b"\0" * 12, b"name\0"),
            ),
        )
        for handler in handlers
    ]
    parts = [box(b"ftyp", brand, b"\0\0\0\0", b"isom"), box(b"moov", movie, *tracks), box(b"mdat", b"\x55" * filler)]
    if fragment is not None:
        parts.append(box(b"moof", box(b"traf", box(b"tfdt", struct.pack(">II", 0, fragment * 48_000)))))
    return b"".join(parts)


def element(identity: int, content: bytes, unknown: bool = False) -> bytes:
    head = identity.to_bytes((identity.bit_length() + 7) // 8)
    return head + (b"\x01" + b"\xff" * 7 if unknown else (len(content) | 1 << 56).to_bytes(8)) + content


def webm(types: list[int], seconds: float, doctype: bytes = b"webm", live: bool = False, filler: int = 100) -> bytes:
    """With ``live`` as a browser records it: no duration, segment and clusters of unknown length."""
    tracks = element(0x1654AE6B, b"".join(element(0xAE, element(0x83, bytes([kind]))) for kind in types))
    duration = b"" if live else element(0x4489, struct.pack(">d", seconds * 1000))
    info = element(0x1549A966, element(0x2AD7B1, (1_000_000).to_bytes(3)) + duration)
    clusters = b"".join(
        element(0x1F43B675, element(0xE7, int(at * 1000).to_bytes(4)) + element(0xA3, b"\x55" * filler), live)
        for at in (0, seconds)
    )
    return element(0x1A45DFA3, element(0x4282, doctype)) + element(0x18538067, info + tracks + clusters, live)


def ogg(first: bytes, samples: int, filler: int = 100) -> bytes:
    def page(flags: int, granule: int, content: bytes) -> bytes:
        return (
            b"OggS\0"
            + bytes([flags])
            + struct.pack("<qIII", granule, 1, 0, 0)
            + b"\1"
            + bytes([len(content)])
            + content
        )

    return page(2, 0, first) + b"\x55" * filler + page(4, samples, b"\x55" * 10)


def mp3(seconds: float, tag: bytes = b"") -> bytes:
    frame = b"\xff\xfb\x90\x00" + b"\0" * 413  # MPEG 1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes, 1152 samples
    head = b"ID3\4\0\0" + bytes([0, 0, len(tag) >> 7, len(tag) & 127]) + tag if tag else b""
    return head + frame * round(seconds * 44_100 / 1152)


OPUS = b"OpusHead\1\1\0\0\x80\xbb\0\0\0\0\0"


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (mp4(b"M4A ", [b"soun"], 30), "audio/mp4"),
        (mp4(b"mp42", [b"soun"], 30), "audio/mp4"),
        (mp4(b"iso5", [b"soun"], 0, fragment=100), "audio/mp4"),
        (mp4(b"isom", [b"vide", b"soun"], 600), "video/mp4"),
        (mp4(b"qt  ", [b"vide", b"soun"], 20), "video/quicktime"),
        (mp3(30), "audio/mpeg"),
        (mp3(30, tag=b"TIT2" + b"\0" * 300), "audio/mpeg"),
        (ogg(OPUS, 48_000 * 30), "audio/ogg"),
        (ogg(b"\x01vorbis\0\0\0\0\1" + struct.pack("<I", 44_100), 44_100 * 30), "audio/ogg"),
        (webm([2], 30), "audio/webm"),
        (webm([2], 30, live=True), "audio/webm"),
        (webm([1, 2], 400), "video/webm"),
        (webm([1], 20, live=True), "video/webm"),
    ],
)
def test_recordings_are_told_by_their_content(data: bytes, mime: str) -> None:
    assert sanitise_recording(data, name="x.exe") == Recording(data, mime, hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize("make", [
    lambda seconds: mp4(b"M4A ", [b"soun"], seconds),
    lambda seconds: mp4(b"iso5", [b"soun"], 0, fragment=seconds),
    lambda seconds: ogg(OPUS, 48_000 * seconds),
    lambda seconds: webm([2], seconds),
    lambda seconds: webm([2], seconds, live=True),
    mp3,
])  # fmt: skip
def test_three_minutes_of_voice_at_most(make: Callable[[int], bytes]) -> None:
    assert sanitise_recording(make(180)).mime.startswith("audio/")
    with pytest.raises(RecordingRefused) as caught:
        sanitise_recording(make(185), name="留言.m4a")
    assert (caught.value.code, caught.value.name) == ("too_long", "留言.m4a")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (mp4(b"M4A ", [b"soun"], 30, filler=MAX_VOICE_BYTES), "too_large:voice"),
        (webm([2], 30, filler=MAX_VOICE_BYTES // 2), "too_large:voice"),
        (mp4(b"isom", [b"vide"], 30, filler=MAX_VIDEO_BYTES), "too_large:video"),
        (b"", "damaged:recording"),
        (b"<html><script>alert(1)</script>", "wrong_type:recording"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "wrong_type:recording"),
        (b"#!AMR\n" + b"\0" * 100, "wrong_type:recording"),
        (b"PK\3\4" + b"\0" * 100, "wrong_type:recording"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "wrong_type:recording"),
        (webm([2], 30, doctype=b"other"), "wrong_type:recording"),
        (ogg(b"\x80theora\3\2\1", 1000), "wrong_type:recording"),
        (encoded(corners(), "JPEG"), "wrong_type:recording"),
        (mp4(b"isom", [], 30), "damaged:recording"),
        (mp4(b"isom", [b"hint"], 30), "damaged:recording"),
        (webm([], 30), "damaged:recording"),
        (mp4(b"M4A ", [b"soun"], 30)[:-1], "damaged:recording"),
        (webm([2], 30)[:-1], "damaged:recording"),
        (mp4(b"M4A ", [b"soun"], 30) + b"PK", "damaged:recording"),
        (b"ID3\4\0\0\0\0\0\0<html><script>alert(1)</script>", "damaged:recording"),
        (b"\xff\xfb\x90\x00<html>", "damaged:recording"),
        (b"\x1aE\xdf\xa3", "damaged:recording"),
        (b"OggS", "damaged:recording"),
        (b"\0\0\0\x08ftyp" + box(b"free") * 300_000, "damaged:recording"),
        (element(0x1A45DFA3, element(0x4282, b"webm")) + b"\xec\x80" * 300_000, "damaged:recording"),
    ],
)
def test_recordings_that_are_refused(data: bytes, reason: str) -> None:
    with pytest.raises(RecordingRefused) as caught:
        sanitise_recording(data)
    assert (caught.value.reason, caught.value.code) == (reason, reason.split(":")[0])
    assert str(caught.value.message_zh)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([mp4(b"isom", [b"soun"], 9), webm([2], 9), webm([1], 9, live=True), ogg(OPUS, 4800), mp3(0.1)]),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=8),
    st.floats(0, 1),
)
def test_flipped_bytes_give_a_recording_or_a_refusal(data: bytes, changes: list[tuple[float, int]], cut: float) -> None:
    hostile = bytearray(data)
    for place, value in changes:
        hostile[int(place * (len(hostile) - 1))] = value
    content = bytes(hostile[: int(cut * 2 * len(hostile))])
    try:
        assert sanitise_recording(content).data == content
    except RecordingRefused as refused:
        assert refused.code in {"wrong_type", "too_long", "damaged"}


def test_recordings_are_served_as_downloads_only() -> None:
    assert images.RECORDING_HEADERS["Content-Disposition"] == "attachment"
    assert images.RECORDING_HEADERS["X-Content-Type-Options"] == "nosniff"
