"""Where the Chromium for the browser tests is: LINLI_CHROMIUM, else one on PATH, else one that Playwright installed."""

import os
import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """The path of an executable Chromium, or None where there is none."""
    named = os.environ.get("LINLI_CHROMIUM")
    if named:
        return shutil.which(named)
    on_path = next(filter(None, map(shutil.which, NAMES)), None)
    return on_path or _of_playwright()


def _of_playwright() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return str(path) if path.exists() else None


if __name__ == "__main__":
    found = find()
    print(
        f"Browser tests: with {found}" if found else "Browser tests: SKIPPED, no Chromium found (apt install chromium)",
        flush=True,
    )
