"""Pictures for the demonstration: flat shapes, one drawing per motif, varied by the seed of the photo."""

from __future__ import annotations

import io
from collections.abc import Callable
from math import cos, pi, sin
from random import Random

from PIL import Image, ImageDraw, ImageFilter, ImageOps

from linli.demo.world.types import Photo

WIDTH, HEIGHT = 960, 720
HORIZON = 300
Colour = tuple[int, int, int]
Draw = ImageDraw.ImageDraw
_DAYLIGHT: tuple[tuple[Colour, Colour], ...] = (
    ((206, 222, 232), (168, 166, 160)),
    ((226, 224, 214), (158, 156, 150)),
    ((190, 206, 220), (146, 148, 148)),
    ((238, 220, 196), (166, 158, 148)),
)
_WALLS: tuple[Colour, ...] = ((214, 204, 188), (200, 190, 182), (222, 214, 200), (188, 176, 164), (206, 212, 208))
_WET: Colour = (96, 110, 118)
_DARK: Colour = (44, 46, 48)
_WARN: Colour = (214, 120, 40)


def _shade(colour: Colour, by: int) -> Colour:
    r, g, b = (max(0, min(255, part + by)) for part in colour)
    return r, g, b


def _blob(draw: Draw, x: float, y: float, rx: float, ry: float, colour: Colour, rng: Random, corners: int = 14) -> None:
    """An uneven round patch."""
    points = []
    for i in range(corners):
        stretch = rng.uniform(0.78, 1.15)
        angle = 2 * pi * i / corners
        points.append((x + rx * stretch * cos(angle), y + ry * stretch * sin(angle)))
    draw.polygon(points, fill=colour)


def _street(draw: Draw, rng: Random) -> Colour:
    """Sky, houses in a row, pavement and road. Returns the colour of the road."""
    sky, road = rng.choice(_DAYLIGHT)
    draw.rectangle((0, 0, WIDTH, HORIZON), fill=sky)
    x = -rng.randint(0, 120)
    while x < WIDTH:
        width, height = rng.randint(120, 220), rng.randint(130, 270)
        wall = rng.choice(_WALLS)
        draw.rectangle((x, HORIZON - height, x + width, HORIZON), fill=wall)
        for wx in range(x + 18, x + width - 26, 44):
            for wy in range(HORIZON - height + 22, HORIZON - 40, 52):
                draw.rectangle((wx, wy, wx + 22, wy + 28), fill=_shade(wall, -46))
        x += width + rng.randint(0, 26)
    draw.rectangle((0, HORIZON, WIDTH, HEIGHT), fill=road)
    draw.polygon([(0, HORIZON), (WIDTH, HORIZON), (WIDTH, HORIZON + 46), (0, HORIZON + 78)], fill=_shade(road, 26))
    draw.line([(0, HORIZON + 78), (WIDTH, HORIZON + 46)], fill=_shade(road, -30), width=6)
    return road


def _room(draw: Draw, rng: Random) -> Colour:
    """A wall and a floor. Returns the colour of the wall."""
    wall = rng.choice(_WALLS)
    draw.rectangle((0, 0, WIDTH, HEIGHT), fill=wall)
    draw.polygon([(0, 560), (WIDTH, 540), (WIDTH, HEIGHT), (0, HEIGHT)], fill=_shade(wall, -52))
    draw.line([(0, 560), (WIDTH, 540)], fill=_shade(wall, -78), width=8)
    return wall


def _cone(draw: Draw, x: float, y: float, size: float) -> None:
    draw.polygon([(x, y - size), (x - size * 0.32, y), (x + size * 0.32, y)], fill=_WARN)
    draw.polygon(
        [
            (x - size * 0.12, y - size * 0.62),
            (x + size * 0.12, y - size * 0.62),
            (x + size * 0.2, y - size * 0.38),
            (x - size * 0.2, y - size * 0.38),
        ],
        fill=(240, 238, 232),
    )
    draw.rectangle((x - size * 0.42, y - 6, x + size * 0.42, y + 6), fill=_shade(_WARN, -40))


def _pothole(draw: Draw, rng: Random) -> None:
    road = _street(draw, rng)
    x, y = rng.randint(330, 620), rng.randint(500, 580)
    _blob(draw, x, y, 210, 88, _shade(road, -26), rng)
    _blob(draw, x, y + 6, 168, 64, _shade(road, -64), rng)
    _blob(draw, x + 14, y + 18, 104, 34, _WET, rng)
    for _ in range(7):
        end = (x + rng.randint(-340, 340), y + rng.randint(-120, 120))
        draw.line([(x + rng.randint(-140, 140), y), end], fill=_shade(road, -50), width=4)
    _cone(draw, x - 250, y + 40, 120)


def _manhole(draw: Draw, rng: Random) -> None:
    road = _street(draw, rng)
    x, y = rng.randint(360, 600), rng.randint(500, 570)
    draw.ellipse((x - 170, y - 74, x + 170, y + 74), fill=_shade(road, -34))
    draw.ellipse((x - 140, y - 58, x + 140, y + 58), fill=(26, 26, 28))
    lid = x + rng.choice((-1, 1)) * rng.randint(150, 190)
    draw.ellipse((lid - 130, y - 20, lid + 130, y + 76), fill=_shade(_DARK, 34))
    for i in range(-3, 4):
        draw.line([(lid + i * 32 - 20, y + 4), (lid + i * 32 + 20, y + 52)], fill=_shade(_DARK, 8), width=6)


def _flood(draw: Draw, rng: Random) -> None:
    road = _street(draw, rng)
    draw.polygon([(0, 430), (WIDTH, 400), (WIDTH, HEIGHT), (0, HEIGHT)], fill=_shade(_WET, 26))
    for _ in range(26):
        x, y = rng.randint(0, WIDTH), rng.randint(430, HEIGHT)
        draw.arc((x - 60, y - 10, x + 60, y + 10), 200, 340, fill=_shade(_WET, 70), width=3)
    x = rng.randint(240, 640)
    draw.rounded_rectangle((x, 400, x + 230, 500), 26, fill=_shade(road, 50))
    draw.rounded_rectangle((x + 46, 344, x + 190, 420), 24, fill=_shade(road, 34))


def _lamp(draw: Draw, rng: Random) -> None:
    draw.rectangle((0, 0, WIDTH, HEIGHT), fill=(30, 36, 48))
    draw.rectangle((0, 470, WIDTH, HEIGHT), fill=(40, 42, 46))
    for i in range(3):
        x, top = 170 + i * 300 + rng.randint(-30, 30), 120 + i * 26
        draw.rectangle((x - 7, top, x + 7, 520), fill=(74, 78, 84))
        draw.line([(x, top), (x + 90, top - 12)], fill=(74, 78, 84), width=10)
        lit = i == rng.randrange(3)
        if lit:
            draw.polygon([(x + 70, top), (x - 30, 520), (x + 220, 520)], fill=(70, 72, 66))
        draw.ellipse((x + 66, top - 26, x + 122, top + 6), fill=(250, 226, 150) if lit else (58, 60, 64))


def _leak(draw: Draw, rng: Random) -> None:
    wall = _room(draw, rng)
    x, y = rng.randint(300, 640), rng.randint(90, 180)
    _blob(draw, x, y, 250, 120, _shade(wall, -22), rng)
    _blob(draw, x + 20, y - 10, 160, 74, _shade(wall, -44), rng)
    for _ in range(9):
        drip = x + rng.randint(-190, 190)
        draw.line([(drip, y + 40), (drip, y + rng.randint(150, 420))], fill=_shade(wall, -34), width=rng.randint(4, 10))
    _blob(draw, x, 640, 220, 46, _WET, rng)
    draw.polygon([(x - 70, 560), (x + 70, 560), (x + 52, 660), (x - 52, 660)], fill=(120, 60, 52))


def _wall(draw: Draw, rng: Random) -> None:
    wall = _room(draw, rng)
    x, y = rng.randint(280, 420), 0
    points = [(x, y)]
    while y < 560:
        x, y = x + rng.randint(-30, 62), y + rng.randint(40, 80)
        points.append((x, y))
    draw.line(points, fill=_shade(wall, -110), width=11, joint="curve")
    draw.line(points[2:6], fill=_DARK, width=17, joint="curve")
    for _ in range(6):
        _blob(draw, rng.randint(120, 860), rng.randint(60, 480), 44, 32, _shade(wall, -30), rng, 9)
    for _ in range(12):
        _blob(draw, rng.randint(200, 800), rng.randint(590, 690), 22, 14, _shade(wall, -20), rng, 7)


def _garbage(draw: Draw, rng: Random) -> None:
    road = _street(draw, rng)
    for i, colour in enumerate(((60, 110, 76), (64, 88, 128), (120, 120, 118))):
        x = 190 + i * 210
        draw.polygon([(x, 330), (x + 160, 330), (x + 140, 560), (x + 20, 560)], fill=colour)
        draw.rectangle((x - 10, 312, x + 170, 336), fill=_shade(colour, -24))
    for _ in range(22):
        shade = rng.choice(((52, 54, 58), (214, 210, 200), (150, 120, 88), (84, 120, 150)))
        _blob(
            draw, rng.randint(140, 840), rng.randint(540, 660), rng.randint(34, 66), rng.randint(28, 48), shade, rng, 9
        )
        _blob(draw, rng.randint(200, 760), rng.randint(290, 330), 34, 26, shade, rng, 9)
    draw.line([(0, 690), (WIDTH, 690)], fill=_shade(road, -20), width=3)


def _lift(draw: Draw, rng: Random) -> None:
    wall = _room(draw, rng)
    draw.rectangle((270, 70, 690, 580), fill=_shade(wall, -70))
    for left, right in ((290, 478), (482, 670)):
        draw.rectangle((left, 92, right, 580), fill=(168, 172, 176))
        draw.rectangle((left + 14, 110, left + 26, 560), fill=(188, 192, 196))
    draw.rectangle((740, 260, 800, 400), fill=(150, 152, 156))
    draw.ellipse((754, 282, 786, 314), fill=(150, 40, 36))
    draw.ellipse((754, 344, 786, 376), fill=(96, 98, 102))
    tilt = rng.randint(-14, 14)
    draw.polygon([(380, 250 + tilt), (580, 250 - tilt), (584, 390 - tilt), (384, 390 + tilt)], fill=(244, 240, 226))
    for i in range(4):
        draw.line([(404, 276 + i * 26 + tilt), (556, 276 + i * 26 - tilt)], fill=(120, 116, 108), width=7)


def _tree(draw: Draw, rng: Random) -> None:
    _street(draw, rng)
    lean = rng.choice((-1, 1)) * rng.randint(120, 220)
    foot = (480, 640)
    top = (480 + lean, 260)
    draw.line([foot, top], fill=(96, 76, 58), width=52)
    for _ in range(16):
        _blob(
            draw,
            top[0] + rng.randint(-170, 170),
            top[1] + rng.randint(-130, 90),
            90,
            70,
            _shade((78, 116, 74), rng.randint(-20, 24)),
            rng,
        )
    draw.line([(0, 150), (WIDTH, 196)], fill=_DARK, width=5)


def _site(draw: Draw, rng: Random) -> None:
    draw.rectangle((0, 0, WIDTH, HEIGHT), fill=(196, 190, 178))
    x = rng.randint(480, 620)
    draw.rectangle((x, 40, x + 22, 520), fill=(196, 160, 60))
    draw.line([(x - 320, 74), (x + 220, 74)], fill=(196, 160, 60), width=16)
    draw.line([(x - 240, 74), (x - 240, 260)], fill=_DARK, width=4)
    for floor in range(5):
        draw.rectangle((90, 200 + floor * 66, 420, 222 + floor * 66), fill=(150, 146, 140))
        for column in range(4):
            draw.rectangle(
                (96 + column * 104, 222 + floor * 66, 112 + column * 104, 266 + floor * 66), fill=(136, 132, 126)
            )
    draw.rectangle((0, 520, WIDTH, 620), fill=(72, 116, 140))
    for i in range(0, WIDTH, 90):
        draw.line([(i, 520), (i, 620)], fill=(58, 96, 118), width=4)
    for _ in range(8):
        _blob(draw, rng.randint(0, WIDTH), rng.randint(430, 600), 130, 50, (206, 198, 182), rng)
    draw.rectangle((0, 620, WIDTH, HEIGHT), fill=(158, 146, 128))


def _wire(draw: Draw, rng: Random) -> None:
    _street(draw, rng)
    draw.polygon([(300, 60), (322, 60), (350, 600), (316, 600)], fill=(116, 108, 100))
    draw.rectangle((240, 110, 400, 122), fill=(96, 88, 82))
    for i in range(6):
        sag = rng.randint(80, 330)
        points = [(310 + t * 66, 120 + i * 7 + sag * (t / 10) * (1 - t / 10) * 4) for t in range(11)]
        draw.line(points, fill=_DARK, width=4, joint="curve")
    draw.line([(330, 124), (470, 380), (520, 610), (640, 628)], fill=_DARK, width=6, joint="curve")
    _cone(draw, 700, 640, 110)


def _parking(draw: Draw, rng: Random) -> None:
    road = _street(draw, rng)
    for i in range(6):
        draw.line([(80 + i * 90, 690), (190 + i * 90, 470)], fill=(214, 184, 70), width=9)
    for i in range(3):
        x, y = 60 + i * 300 + rng.randint(-20, 20), 420 + rng.randint(-12, 24)
        colour = rng.choice(((196, 198, 200), (92, 110, 132), (140, 58, 52), (70, 72, 76)))
        draw.rounded_rectangle((x, y + 60, x + 270, y + 150), 28, fill=colour)
        draw.rounded_rectangle((x + 50, y, x + 220, y + 90), 34, fill=_shade(colour, -18))
        for wheel in (x + 40, x + 180):
            draw.ellipse((wheel, y + 120, wheel + 56, y + 176), fill=_DARK)
    draw.line([(0, 700), (WIDTH, 700)], fill=_shade(road, -20), width=4)


def _canal(draw: Draw, rng: Random) -> None:
    draw.rectangle((0, 0, WIDTH, HEIGHT), fill=(150, 168, 118))
    draw.rectangle((0, 0, WIDTH, 200), fill=(204, 218, 224))
    draw.polygon([(400, 200), (520, 200), (760, HEIGHT), (160, HEIGHT)], fill=(156, 152, 142))
    draw.polygon([(430, 200), (490, 200), (640, HEIGHT), (270, HEIGHT)], fill=(92, 104, 92))
    for _ in range(9):
        _blob(
            draw,
            rng.randint(380, 560),
            rng.randint(380, 680),
            46,
            24,
            rng.choice(((120, 104, 84), (206, 204, 196), (74, 82, 74))),
            rng,
            9,
        )
    _blob(draw, rng.randint(600, 680), 520, 90, 60, (128, 108, 84), rng)


MOTIFS: dict[str, Callable[[Draw, Random], None]] = {
    "pothole": _pothole,
    "manhole": _manhole,
    "flood": _flood,
    "lamp": _lamp,
    "leak": _leak,
    "wall": _wall,
    "garbage": _garbage,
    "lift": _lift,
    "tree": _tree,
    "site": _site,
    "wire": _wire,
    "parking": _parking,
    "canal": _canal,
}


def draw(photo: Photo) -> bytes:
    """The photo as JPEG bytes, 960 by 720; the same photo gives the same bytes. KeyError for an unknown motif."""
    rng = Random(photo.seed)
    image = Image.new("RGB", (WIDTH, HEIGHT))
    MOTIFS[photo.motif](ImageDraw.Draw(image), rng)
    if rng.random() < 0.5:
        image = ImageOps.mirror(image)
    # Held by hand: a little off level, a little soft.
    image = image.rotate(rng.uniform(-3, 3), Image.Resampling.BILINEAR).crop((40, 30, WIDTH - 40, HEIGHT - 30))
    image = image.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR).filter(ImageFilter.GaussianBlur(0.8))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=82)
    return out.getvalue()
