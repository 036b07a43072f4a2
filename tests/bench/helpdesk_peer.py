"""django-helpdesk's way of a mail to a ticket: run by the Python that has it installed.

`python helpdesk_peer.py FOLDER ROUNDS` reads the mails of FOLDER and prints JSON: mails a second,
round by round. Its database is SQLite with a write-ahead log, synced at each commit; mail goes
nowhere. It says `go` before each round and waits for a line, so that somebody else has the turn.
"""

from __future__ import annotations

import json
import logging
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

SYNCED = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
APPS = (
    ["auth", "contenttypes", "sessions", "sites", "messages", "admin", "humanize"],
    ["helpdesk", "rest_framework"],
)


def set_up(place: str) -> None:
    """A Django project of the least that helpdesk needs."""
    settings: Any = import_module("django.conf").settings
    settings.configure(
        SECRET_KEY="bench",
        USE_TZ=True,
        SITE_ID=1,
        INSTALLED_APPS=[f"django.contrib.{one}" for one in APPS[0]] + APPS[1],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": f"{place}/db.sqlite3",
                "OPTIONS": {"init_command": SYNCED},
            }
        },
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        MEDIA_ROOT=f"{place}/media",
        ROOT_URLCONF="urls",
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": []},
            }
        ],
        HELPDESK_TEAMS_MODE_ENABLED=False,
        HELPDESK_ACTIVATE_API_ENDPOINT=False,
    )
    import_module("django").setup()
    urls: Any = ModuleType("urls")
    include: Any = import_module("django.urls").include
    urls.urlpatterns = [
        import_module("django.urls").path("", include("helpdesk.urls", namespace="helpdesk"))
    ]
    sys.modules["urls"] = urls
    import_module("django.core.management").call_command("migrate", verbosity=0)


def main(folder: str, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        set_up(place)
        models: Any = import_module("helpdesk.models")
        email: Any = import_module("helpdesk.email")
        queue = models.Queue.objects.create(
            title="Support", slug="support", email_address="support@shop.test"
        )
        log = logging.getLogger("bench")
        log.addHandler(logging.NullHandler())
        log.propagate = False
        for n in range(rounds):
            mails = sorted(Path(folder, str(n)).glob("*.eml"))
            print("go", flush=True)
            sys.stdin.readline()
            before, began = models.Ticket.objects.count(), time.perf_counter()
            for path in mails:
                email.extract_email_metadata(path.read_text("utf-8"), queue, log)
            took = time.perf_counter() - began
            made = models.Ticket.objects.count() - before
            print(json.dumps({"per_s": made / took, "made": made}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
