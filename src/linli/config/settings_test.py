"""Settings of the tests: the same, on a throw-away `var` and on the test database, never on the one in use."""

import os
import tempfile
from pathlib import Path

_var = tempfile.TemporaryDirectory(prefix="linli-test-")
os.environ["LINLI_VAR"] = _var.name
os.environ.pop("LINLI_DATABASE_URL", None)
if url := os.environ.get("LINLI_TEST_DATABASE_URL"):
    os.environ["LINLI_DATABASE_URL"] = url

from linli.config.settings import *  # noqa: E402, F403
from linli.config.settings import DATABASES, STATIC_ROOT, STORAGES  # noqa: E402

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, as in use: threads of one test then wait for each other as in life, which one in memory cannot show.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(_var.name) / "test.sqlite3")}

# One round instead of many thousands: the tests sign in all the time and never ask how hard the hash is.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# However full the disk is on which the tests run.
LINLI_KEEP_FREE_MB = 0
# Static files straight from the source, so that nothing has to be collected before a test.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
STATIC_ROOT.mkdir(parents=True)
