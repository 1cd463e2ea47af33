"""`linli verify`: every hash chain, every attachment's checksum, every event delivered once."""

from typing import Any

from django.core.management.base import BaseCommand

from linli.kernel.verifying import checks


class Command(BaseCommand):
    help = "Verify histories, attachments and events; name the first broken link and exit with 1."

    def handle(self, *args: Any, **options: Any) -> None:
        broken = 0
        for name, check in checks().items():
            found = list(check())
            broken += len(found)
            self.stdout.write(f"{name}: {'all good' if not found else f'{len(found)} broken'}")
            for sentence in found[:20]:
                self.stdout.write(f"  {sentence}")
        if broken:
            raise SystemExit(1)
