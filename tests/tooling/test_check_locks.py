"""The lock check finds what was changed without locking anew."""

from scripts.check_locks import faults

PROJECT = """
[project]
dependencies = ["Django>=5.2,<5.3", "psycopg[binary]>=3.3"]
[dependency-groups]
test = ["pytest>=9"]
"""


def lock(**versions: str) -> str:
    return "".join(f"{name}=={version} \\\n    --hash=sha256:{'0' * 64}\n" for name, version in versions.items())


RUN = lock(django="5.2.9", psycopg="3.3.1", sqlparse="0.5")
TEST = RUN + lock(pytest="9.0")


def test_agreeing_files_have_no_faults() -> None:
    assert list(faults(PROJECT, RUN, TEST)) == []


def test_missing_and_outdated_requirements() -> None:
    found = list(faults(PROJECT, lock(django="5.1.9"), lock(django="5.1.9", psycopg="3.3.1", pytest="9.0")))
    assert found == [
        "requirements.lock: Django 5.1.9 is not <5.3,>=5.2: run scripts/lock",
        "requirements.lock: psycopg is missing: run scripts/lock",
        "requirements-test.lock: Django 5.1.9 is not <5.3,>=5.2: run scripts/lock",
    ]


def test_tests_must_run_on_what_runs() -> None:
    other = TEST.replace("sqlparse==0.5", "sqlparse==0.6")
    assert list(faults(PROJECT, RUN, other)) == ["requirements-test.lock: sqlparse is not the version that runs"]


def test_every_package_has_a_hash_and_none_an_address() -> None:
    assert list(faults(PROJECT, RUN, TEST + "extra==1.0\n")) == ["requirements-test.lock: a package has no hash"]
    assert list(faults(PROJECT, RUN, TEST + "# from https://example.org/\n")) == [
        "requirements-test.lock: names an address"
    ]
