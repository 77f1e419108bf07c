"""`make run`: prepare the database and serve the site with gunicorn, all on this machine."""

import atexit
import errno
import logging
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import environ

from config import postgres

BASE = Path(__file__).resolve().parent.parent
ADMIN_EMAIL = "admin@startline.example"
# A task that takes longer than this to end is cut off, and done anew at the next start.
STOP_SECONDS = 10


def read_env_file() -> None:
    """Take what .env says and the environment doesn't."""
    if (BASE / ".env").exists():
        environ.Env.read_env(BASE / ".env")


def data_folder() -> Path:
    """Return the folder of everything that this machine keeps: database, secrets, static files."""
    return Path(os.environ.get("DATA_DIR") or BASE / ".data").resolve()


def use_local_settings() -> None:
    """Set what the settings need and nobody gave, fit for a browser on this machine."""
    folder = data_folder()
    folder.mkdir(parents=True, exist_ok=True)
    host, port = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000"
    shown = "localhost" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host  # noqa: S104
    with postgres.locked(folder / "secret-key.lock"):
        secret_key = _kept_secret(folder / "secret-key", 50)
    for name, value in {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "HOST": host,
        "PORT": port,
        "DEBUG": "false",
        "HTTPS": "false",
        "SITE_URL": f"http://{shown}:{port}",
        "ALLOWED_HOSTS": ",".join(dict.fromkeys(("127.0.0.1", "localhost", "[::1]", shown))),
        "SECRET_KEY": secret_key,
    }.items():
        if not os.environ.get(name):
            os.environ[name] = value


def _kept_secret(path: Path, length: int) -> str:
    if not path.exists():
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(length))
    return path.read_text()


def listen(host: str, port: str) -> socket.socket:
    """Take the port, before anything slow is done; visitors who come early wait in its queue."""
    if not port.isdecimal() or not 0 < int(port) < 65536:
        sys.exit(f"PORT must be a number from 1 to 65535, not {port}.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(socket.SOMAXCONN)
    except socket.gaierror:
        sys.exit(f"HOST is no address of this machine: {host}")
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            sys.exit(f"Port {port} is already taken. Choose another: make run PORT={int(port) + 1}")
        sys.exit(f"Startline can't listen on {host}:{port}: {error.strerror}.")
    return listener


def prepare() -> None:
    """Migrate, collect the static files, load the starter content once, and print the way in."""
    import django
    from django.conf import settings
    from django.core.management import call_command
    from django.urls import reverse

    django.setup()
    folder = data_folder()
    with postgres.locked(folder / "prepare.lock"):
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        if environ.Env().bool("STARTER_CONTENT", default=True):
            for command in ("load_places", "load_glossary", "load_races"):
                call_command(command, "--if-empty")
        call_command("prune_db_task_results", verbosity=0)
        call_command("publish_overdue")
        way_in = _way_in(folder / "admin-password")
    print(f"Startline: {settings.SITE_URL}/ (Ctrl-C stops it)")
    print(f"Admin: {settings.SITE_URL}{reverse('admin:index')} {way_in}", flush=True)


def _way_in(password_file: Path) -> str:
    from allauth.account.models import EmailAddress
    from django.contrib.auth import get_user_model
    from django.db import transaction

    users = get_user_model()._default_manager
    shown = password_file.relative_to(BASE) if BASE in password_file.parents else password_file
    has_admin = users.filter(is_superuser=True).exists()
    if os.environ.get("STARTLINE_EMBEDDED") and not has_admin:
        password = _kept_secret(password_file, 12)
        with transaction.atomic():
            user = users.create_superuser(email=ADMIN_EMAIL, password=password)
            EmailAddress.objects.create(user=user, email=ADMIN_EMAIL, verified=True, primary=True)
        return f"with {ADMIN_EMAIL} and the password {password} (kept in {shown})"
    if os.environ.get("STARTLINE_EMBEDDED") and password_file.exists():
        return f"with {ADMIN_EMAIL} and the password in {shown}"
    return "" if has_admin else "after .venv/bin/python manage.py createsuperuser"


def start_worker() -> None:
    """Start the process that does what requests leave for later; it ends before this one does."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "config.serve", "worker"],
        cwd=BASE,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    # After PostgreSQL's own, and so before it: a worker without its database would complain.
    atexit.register(_stop_worker, worker, os.getpid())


def _stop_worker(worker: subprocess.Popen[bytes], parent: int) -> None:
    if os.getpid() != parent:  # gunicorn's workers are forks of this process
        return
    with suppress(ProcessLookupError):
        worker.terminate()
        try:
            worker.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()


def work() -> None:
    """Do the tasks in the database, until told to stop or until whoever started this is gone."""
    import django
    from django.db import Error

    parent = os.getppid()
    django.setup()
    from django_tasks.base import TaskResultStatus
    from django_tasks_db.management.commands.db_worker import Worker
    from django_tasks_db.models import DBTaskResult

    worker = Worker(
        queue_names=["*"],
        interval=1,
        batch=False,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=f"serve-{os.getpid()}",
        excluded_queue_names=[],
    )

    def stop(number: int, frame: FrameType | None) -> None:
        # The worker's own way says a warning each time.
        worker.running = False
        if not worker.running_task:
            sys.exit(0)

    def follow() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    threading.Thread(target=follow, daemon=True).start()
    while worker.running:
        try:
            # What an earlier one left half done when it was cut off. Each task may be done twice.
            DBTaskResult.objects.running().update(status=TaskResultStatus.READY)
            worker.run()
        except Error as error:
            logging.getLogger(__name__).warning("The worker's database: %s", error)
            time.sleep(5)


def when_ready(server: Any) -> None:
    """Stop when the terminal closes; gunicorn, whose hook this is, would only reload."""
    signal.signal(signal.SIGHUP, lambda number, frame: os.kill(os.getpid(), signal.SIGTERM))


def main() -> NoReturn:
    """Serve until Ctrl-C or SIGTERM, then stop everything that was started."""

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    read_env_file()
    use_local_settings()
    listener = listen(os.environ["HOST"], os.environ["PORT"])
    # Whatever the environment says: whether others can reach this machine is known here alone.
    os.environ["STARTLINE_LOOPBACK"] = "false"
    try:
        if os.environ.get("DATABASE_URL"):
            postgres.check(os.environ["DATABASE_URL"])
        else:
            if not (data_folder() / "postgres").exists():
                print("Filling a new database; this takes up to a minute ...", flush=True)
            os.environ["DATABASE_URL"] = postgres.url(data_folder() / "postgres")
            os.environ["STARTLINE_EMBEDDED"] = "true"
            is_alone = os.environ["HOST"] in ("127.0.0.1", "localhost", "::1")
            os.environ["STARTLINE_LOOPBACK"] = str(is_alone).lower()
    except postgres.PostgresError as error:
        sys.exit(str(error))
    # In a process of its own, so that this one stays small and each worker loads today's code;
    # in a session of its own, so that Ctrl-C reaches it through this process, without a traceback.
    prepared = subprocess.run(
        [sys.executable, "-m", "config.serve", "prepare"], cwd=BASE, start_new_session=True
    )
    if prepared.returncode != 0:
        sys.exit("Startline could not be prepared: see above.")

    start_worker()

    from gunicorn.app.wsgiapp import run

    sys.argv = ["gunicorn", "config.wsgi", "--chdir", str(BASE)]
    sys.argv += ["--bind", f"fd://{listener.detach()}", "--no-control-socket"]
    sys.argv += ["--workers", os.environ.get("WORKERS") or "2", "--threads", "4"]
    sys.argv += ["--graceful-timeout", "5", "--log-level", "warning"]
    if os.access("/dev/shm", os.W_OK):  # noqa: S108
        sys.argv += ["--worker-tmp-dir", "/dev/shm"]  # noqa: S108
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup sets it
        sys.argv += ["--config", "python:config.serve"]
    if environ.Env().bool("DEBUG", default=False):
        sys.argv.append("--reload")
    run()
    sys.exit(0)


if __name__ == "__main__":
    if sys.argv[1:] == ["prepare"]:
        prepare()
    elif sys.argv[1:] == ["worker"]:
        work()
    else:
        main()
