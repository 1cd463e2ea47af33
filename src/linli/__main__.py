"""`./linli COMMAND`: Linli's commands, and those of Django that an administrator needs."""

import os
import sys

from linli.kernel import lifeline

# Django's own commands that are shown beside Linli's; the rest work too but are for developers.
FROM_DJANGO = {
    "changepassword": "Set the password of an account.",
    "check": "Look for mistakes in the settings and models.",
    "dbshell": "Open the database's own command line.",
    "makemigrations": "Write the migrations that a change of models needs.",
    "migrate": "Bring the database to what this version needs.",
    "shell": "Open a Python prompt with everything loaded.",
}


def main(argv: list[str]) -> int:
    """Run one command line (without the program's name) and return the exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
    lifeline.hold_if_told()

    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import ManagementUtility
    from django.db.utils import OperationalError

    try:
        if not argv or (argv[0] in ("help", "-h", "--help") and len(argv) == 1):
            print(overview())
        else:
            ManagementUtility(["linli", *argv]).execute()
    except (OperationalError, ImproperlyConfigured) as problem:
        if "--traceback" in argv:
            raise
        reason = "the database does not answer" if isinstance(problem, OperationalError) else "the settings are wrong"
        print(f"linli: {reason}: {' '.join(str(problem).split())}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def overview() -> str:
    """The help page: one line per command with the first line of its help."""
    import django
    from django.core.management import get_commands, load_command_class

    django.setup()
    own = {
        name: load_command_class(str(app), name).help.partition("\n")[0]
        for name, app in sorted(get_commands().items())
        if str(app).startswith("linli.")
    }
    lines = ["Usage: ./linli COMMAND [--help]"]
    for heading, texts in (("Linli:", own), ("From Django:", FROM_DJANGO)):
        lines += ["", heading, *(f"  {name:<16}{text}" for name, text in texts.items())]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
