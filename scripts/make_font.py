"""Make the bundled Chinese font: `python -m scripts.make_font /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc`.

Typst sets every wanted character once in Noto Sans CJK SC (SIL Open Font License 1.1) and embeds the outlines of just these in a PDF;
they are taken out of it and given the tables that make a font of their own. The licence lets a font be changed and passed on under
the same licence and another name: the result is called Linli Sans Hans.
"""

import json
import re
import struct
import sys
import zlib
from pathlib import Path

import typst

SOURCE_FAMILY = "Noto Sans CJK SC"
FAMILY, POSTSCRIPT = "Linli Sans Hans", "LinliSansHans-Regular"
TARGET = Path(__file__).parent.parent / "src/linli/kernel/fonts/LinliSansHans-Regular.otf"
# Characters of names and places that GB 2312 has not got; rarer ones are left to the fonts of the machine.
NAMES = (
    "㛃㛹䴖䶮伋佺倓倢偲傃僡儁儦冔勍匋匯叆叡啟喆喬嘒嘦囧坰垚垟垵埇埌埗埼堃堉堌堎堨塱墕壆壪奭妘妡妭姁姃姈姌"
    "姞姤姮姵姸娍娖娡婄婳媄媊媓媖媞媤媱嫄嫕嫚嫤嬅嬛孖孴宬寔寯屃屾峂峣峧崀崟崡崶嵎嵕嵚嶓巂巎幪廆廙弇弢弸彟"
    "彣彧悰惇惲愃愔慆慜慥抃拏掞揜搢摛斅旻旼昇昉昫昳昺晅晊晙晛晞晧晫晳暅暐暕暤暲暻曈曌枟柷栒棐棨棪椀楙榑榞"
    "榳槃橦氾汧汭沄沇沚沺泚洨洺浉浐浕浛浡浥涘涢淏淯渟溇溍溠溵溹滧滪漈漷潏潖澂澥澴濙濛濩瀍瀞灈炁炆炌炘炟烜"
    "焜煋煐熇燊燏燚燝爔爚爟牂犇猇獴玓玕玗玘玙玚玥玦玭玶玹珒珝珣珦珪珮珰珵珺珽琀琇琎琟琤琯琱琲瑀瑃瑄瑆瑑瑔"
    "瑝瑢瑧瑨瑮瑱瑲瑳瑸瑺璆璈璘璟璠璥璪璲瓀瓅瓈瓘甡甦畇畑皊皛皞皦盦眘眹瞫硚碁碶磏磡礌礐礽祊祎祐禋禑禔禕禛"
    "禤秾穈窣竑竫筦筼篯簠籣絜綝緣縢縯纮缊罍羑翀翃翙翚翾脩芃芠苧苪茝荙莙菂菉萩葰蒨蒻蓂藟蘋虓蜎衎袆褀訚詝詠"
    "諴譞谞赟趯邠郃郕鄠釗釿鈊鈺鉷鋆鋐鍂鎔钘铻锜锳镕镠阇雱霂頔頠顗颋颙飏飖骃骉鳯鸑鸰鹍鹓鹮鼒龑龢𠅤"
)


def wanted() -> list[str]:
    """Return the characters of the font: Latin, punctuation, all of GB 2312, characters of names, signs that pages use."""
    found = {chr(code) for code in [*range(0x21, 0x7F), *range(0xA1, 0x180)] if code != 0xAD}
    found |= set(NAMES) | set("•…—–‐‑“”‘’‹›→←↑↓✓✗①②③④⑤⑥⑦⑧⑨⑩¥〇「」『』〔〕【】〖〗｢｣☐☑■□▲△●○◆◇")
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                found.add(bytes([high, low]).decode("gb2312"))
            except UnicodeDecodeError:
                continue
    return sorted(found - {"　"})


def main(arguments: list[str]) -> int:
    """Write the font; return the exit code."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    source = Path(arguments[0])
    cff, glyphs, widths = outlines(wanted(), source)
    TARGET.write_bytes(font(cff, glyphs, widths, tables_of(source.read_bytes())))
    print(f"{TARGET}: {len(glyphs)} characters, {TARGET.stat().st_size / 1e6:.2f} MB")
    return 0


def outlines(characters: list[str], source: Path) -> tuple[bytes, dict[int, int], list[int]]:
    """Return the outlines as a CFF table, the glyph of each character, and the width of each glyph."""
    text = (
        f'#set page(width: 40cm, height: 40cm)\n#set text(font: "{SOURCE_FAMILY}", size: 8pt, lang: "zh", fallback: false)\n'
        "#for sign in json(bytes(sys.inputs.signs)) [#sign #h(1pt)]\n"
    )
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(source.parent)])
    signs = json.dumps([*characters, "　"])
    pdf = typst.Compiler(text.encode(), font_paths=fonts, sys_inputs={"signs": signs}).compile(format="pdf")
    assert isinstance(pdf, bytes)
    cff = _stream(pdf, rb"/Subtype/CIDFontType0C")
    found = re.search(rb"/ToUnicode (\d+) 0 R", pdf)
    spread = re.search(rb"/FontDescriptor \d+ 0 R/DW (\d+)/W\[(.*?)\]", pdf, re.S)
    if found is None or spread is None:
        raise SystemExit(f"no {SOURCE_FAMILY} was found in {source.parent}")
    listed = _stream(pdf, b"/Type/CMap", number=int(found[1]))
    glyphs = {
        ord(bytes.fromhex(sign.decode()).decode("utf-16-be")): int(glyph, 16)
        for glyph, sign in re.findall(rb"<([0-9A-F]{4})> <((?:[0-9A-F]{4}){1,2})>", listed)
        if len(bytes.fromhex(sign.decode()).decode("utf-16-be")) == 1
    }
    glyphs.setdefault(0x30FB, glyphs[0xB7])  # two characters of one shape: the PDF names only the first
    missing = [sign for sign in characters if ord(sign) not in glyphs]
    if missing:
        print(f"not in the source font: {''.join(missing)}")
    numbers = [int(float(number)) for number in spread[2].split()]
    widths = [int(spread[1])] * (max(glyphs.values()) + 1)
    for first, last, width in zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True):
        widths[first : last + 1] = [width] * (last - first + 1)
    return cff.replace(b"NotoSansCJKjp-Regular", POSTSCRIPT.encode(), 1), glyphs, widths


def _stream(pdf: bytes, mark: bytes, number: int | None = None) -> bytes:
    start = rb"\n%d 0 obj" % number if number else rb"\d+ 0 obj"
    for found in re.finditer(start + rb"\s*<<(/Length (\d+)[^<>]*)>>\s*stream\r?\n", pdf):
        if mark in found[1]:
            data = pdf[found.end() : found.end() + int(found[2])]
            return zlib.decompress(data) if b"/FlateDecode" in found[1] else data
    raise SystemExit(f"Typst wrote a PDF without {mark.decode()}")


def tables_of(data: bytes) -> dict[str, bytes]:
    """Return the tables of the first face of a collection."""
    start = struct.unpack(">I", data[12:16])[0] if data[:4] == b"ttcf" else 0
    count = struct.unpack(">H", data[start + 4 : start + 6])[0]
    found = {}
    for place in range(count):
        tag, _sum, at, length = struct.unpack(">4sIII", data[start + 12 + 16 * place : start + 28 + 16 * place])
        found[tag.decode()] = data[at : at + length]
    return found


def font(cff: bytes, glyphs: dict[int, int], widths: list[int], old: dict[str, bytes]) -> bytes:
    """Put an OpenType font together from outlines, the characters they stand for, their widths and the old font's measures."""
    head, hhea, os2 = bytearray(old["head"]), bytearray(old["hhea"]), bytearray(old["OS/2"])
    head[8:12] = bytes(4)
    struct.pack_into(">H", hhea, 10, max(widths))
    struct.pack_into(">H", hhea, 34, len(widths))
    struct.pack_into(">HH", os2, 64, min(glyphs), min(max(glyphs), 0xFFFF))
    tables = {
        "CFF ": cff,
        "OS/2": bytes(os2),
        "cmap": _cmap(glyphs),
        "head": bytes(head),
        "hhea": bytes(hhea),
        "hmtx": b"".join(struct.pack(">Hh", width, 0) for width in widths),
        "maxp": struct.pack(">IH", 0x00005000, len(widths)),
        "name": _names(),
        "post": struct.pack(">IIhhIIIII", 0x00030000, 0, -125, 50, 0, 0, 0, 0, 0),
    }
    power = len(tables).bit_length() - 1
    out = struct.pack(">4sHHHH", b"OTTO", len(tables), 16 << power, power, 16 * len(tables) - (16 << power))
    at, body, directory = 12 + 16 * len(tables), b"", b""
    for tag, data in tables.items():
        directory += struct.pack(">4sIII", tag.encode(), _checksum(data), at, len(data))
        padded = data + bytes(-len(data) % 4)
        body, at = body + padded, at + len(padded)
    whole = bytearray(out + directory + body)
    place = whole.index(tables["head"])
    struct.pack_into(">I", whole, place + 8, (0xB1B0AFBA - _checksum(bytes(whole))) & 0xFFFFFFFF)
    return bytes(whole)


def _checksum(data: bytes) -> int:
    padded = data + bytes(-len(data) % 4)
    return sum(struct.unpack(f">{len(padded) // 4}I", padded)) & 0xFFFFFFFF


def _cmap(glyphs: dict[int, int]) -> bytes:
    """A map from characters to glyphs in format 12: runs of neighbours."""
    runs: list[list[int]] = []
    for code in sorted(glyphs):
        if runs and code == runs[-1][1] + 1 and glyphs[code] == runs[-1][2] + code - runs[-1][0]:
            runs[-1][1] = code
        else:
            runs.append([code, code, glyphs[code]])
    groups = b"".join(struct.pack(">III", *run) for run in runs)
    table = struct.pack(">HHIII", 12, 0, 16 + len(groups), 0, len(runs)) + groups
    return struct.pack(">HHHHI", 0, 1, 3, 10, 12) + table


def _names() -> bytes:
    said = {
        0: "Copyright 2014-2021 Adobe (http://www.adobe.com/). Noto is a trademark of Google Inc. Subset made for Linli.",
        1: FAMILY,
        2: "Regular",
        3: f"{POSTSCRIPT};subset of NotoSansCJKsc-Regular",
        4: FAMILY,
        5: "Version 2.004; subset",
        6: POSTSCRIPT,
        13: "This Font Software is licensed under the SIL Open Font License, Version 1.1.",
        14: "https://openfontlicense.org",
    }
    records, storage = b"", b""
    for number, text in said.items():
        data = text.encode("utf-16-be")
        records += struct.pack(">HHHHHH", 3, 1, 0x409, number, len(data), len(storage))
        storage += data
    return struct.pack(">HHH", 0, len(said), 6 + len(records)) + records + storage


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
