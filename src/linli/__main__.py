"""`./linli COMMAND`: Linli's commands, and those of Django that an administrator needs."""

import os
import sys
import threading
import time

# Django's own commands that are shown beside Linli's; the rest work too but are for developers.
FROM_DJANGO = ("changepassword", "check", "dbshell", "makemigrations", "migrate", "shell", "showmigrations")


def main(argv: list[str]) -> int:
    """Run one command line (without the program's name) and return the exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
    if supervisor := os.environ.pop("LINLI_SUPERVISOR", ""):
        threading.Thread(target=_end_with, args=(int(supervisor),), daemon=True).start()

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
    commands = get_commands()
    own = sorted(name for name, app in commands.items() if str(app).startswith("linli."))
    lines = ["Usage: ./linli COMMAND [--help]", "", "Linli:"]
    for heading, names in ((None, own), ("From Django:", FROM_DJANGO)):
        if heading:
            lines += ["", heading]
        lines += [
            f"  {name:<16}{load_command_class(str(commands[name]), name).help}" for name in names if name in commands
        ]
    return "\n".join(lines)


def _end_with(supervisor: int) -> None:
    """End this process when the one that started it is gone: a killed `up` leaves no server or worker behind."""
    import signal

    while os.getppid() == supervisor:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
