"""Helps for the tests of residents' pages: a browser that reports, small photos, showing a matter to the public."""

import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from linli.matters.enums import PublicState
from linli.matters.models import Matter

TEXT = "桂花园3栋电梯坏了三天，老人下不了楼。"


def photo(colour: str = "grey", *, exif: bytes | None = None, name: str = "a.jpg") -> SimpleUploadedFile:
    """Return a small JPEG as it is uploaded, with an EXIF block if one is given."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "JPEG", **({"exif": exif} if exif else {}))
    return SimpleUploadedFile(name, out.getvalue(), content_type="image/jpeg")


def located_photo(lon: float, lat: float) -> SimpleUploadedFile:
    """Return a photo whose EXIF block names a position."""
    exif = Image.Exif()

    def parts(value: float) -> tuple[float, float, float]:
        degrees = int(value)
        minutes = int((value - degrees) * 60)
        return (float(degrees), float(minutes), round((value - degrees - minutes / 60) * 3600, 3))

    exif[0x8825] = {1: "N", 2: parts(lat), 3: "E", 4: parts(lon)}
    return photo(exif=exif.tobytes())


def walk(client: Client, *, text: str = TEXT, place: str, files: list[Any] | None = None, **contact: str) -> Any:
    """Go through the four steps as a browser without scripts does; return the last answer (the done page)."""
    step = client.post("/report/", {"photo": files or []})
    assert step.status_code == 302, step.content.decode()
    step = client.post(step.headers["Location"], {"place": place, "address": "3栋2单元门口"})
    assert step.status_code == 302, step.content.decode()
    address = step.headers["Location"]
    step = client.post(address, {"text": text})
    assert step.status_code == 302, step.content.decode()
    if "say" in step.headers["Location"]:
        page = client.get(address).content.decode()
        seen = page.partition('name="seen" value="')[2].partition('"')[0]
        step = client.post(address, {"text": text, "seen": seen})
    step = client.post(step.headers["Location"], {"contact": "none", **contact})
    assert step.status_code == 302, step.content.decode()
    return client.get(step.headers["Location"])


def show(matter: Matter) -> None:
    """Make a matter public, as a person who checked its text does."""
    Matter.objects.filter(pk=matter.pk).update(public_state=PublicState.SHOWN)
