"""`make run`: prepare the database and serve the site with gunicorn, all on this machine.

With DEBUG, as `make dev` has it, the web server and the worker begin anew when a file changes.
"""

import errno
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import NoReturn

import environ

from config.local import given_database, postgres
from config.local.locks import locked
from config.local.programs import PostgresError

BASE = Path(__file__).resolve().parent.parent.parent
ADMIN_EMAIL = "admin@startline.example"
# A task that takes longer than this to end is cut off, and done anew later.
STOP_SECONDS = 10
LOOK_SECONDS = 0.5
LONGEST_PAUSE = 30


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
    with locked(folder / "secret-key.lock"):
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
    with locked(folder / "prepare.lock"):
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        if environ.Env().bool("STARTER_CONTENT", default=True):
            for command in ("load_places", "load_glossary", "load_races"):
                call_command(command, "--if-empty")
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


class Program:
    """A program that is started again when it ends, at once, then with longer and longer pauses."""

    def __init__(self, name: str, *how: str, keep: tuple[int, ...] = ()) -> None:
        self.name = name
        self.command = [sys.executable, "-m", "config.local.serve", *how]
        self.keep = keep
        self.pause = Pause()
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        # In a session of its own, so that Ctrl-C reaches it through this process.
        return subprocess.Popen(
            self.command,
            cwd=BASE,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=self.keep,
        )

    def see_to(self) -> None:
        if self.process.poll() is None:
            self.pause.all_well()
        elif self.pause.is_over(f"{self.name} ended ({_how(self.process.returncode)})"):
            self.process = self._start()

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Pause:
    """The time between the end of something and its next start."""

    def __init__(self) -> None:
        self.seconds = 0
        self.until: float | None = None
        self.well_since = time.monotonic()

    def all_well(self) -> None:
        self.until = None
        if time.monotonic() - self.well_since > 2 * LONGEST_PAUSE:
            self.seconds = 0

    def is_over(self, what: str) -> bool:
        now = time.monotonic()
        if self.until is None:
            when = f"in {self.seconds} seconds" if self.seconds else "now"
            print(f"{what}. It is started again {when}.", flush=True)
            self.until = now + self.seconds
        if now < self.until:
            return False
        self.seconds = min(2 * self.seconds or 1, LONGEST_PAUSE)
        self.until, self.well_since = None, now
        return True


def _how(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"with code {code}"


def supervise(web: Program, worker: Program) -> int:
    """Keep all running, PostgreSQL too when it is ours; return the code with which to end."""
    pause = Pause()
    embedded = data_folder() / "postgres" if os.environ.get("STARTLINE_EMBEDDED") else None
    while True:
        if embedded is None or postgres.runs(embedded):
            pause.all_well()
        elif pause.is_over("PostgreSQL ended"):
            try:
                postgres.url(embedded)
            except PostgresError as error:
                print(error, flush=True)
        worker.see_to()
        web.process.poll()
        if (code := web.process.returncode or 0) > 0:
            # It could not be loaded, and said why.
            return code
        web.see_to()
        time.sleep(LOOK_SECONDS)


def follow() -> None:
    """End this process when whoever started it is gone, even killed."""
    parent = os.getppid()

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=look, daemon=True).start()


def work() -> None:
    """What `manage.py worker` does, as long as there is a site to do it for."""
    import django
    from django.core.management import call_command
    from gunicorn.reloader import reloader_engines

    changed: list[str] = []

    def begin_anew(path: str) -> None:
        changed.append(path)
        os.kill(os.getpid(), signal.SIGTERM)

    follow()
    django.setup()
    if is_debug():
        reloader_engines["auto"](callback=begin_anew).start()
    call_command("worker")
    if changed:
        print(f"The task worker begins anew: {changed[0]} has changed.", flush=True)
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606


def is_debug() -> bool:
    return bool(environ.Env().bool("DEBUG", default=False))


def serve(listener: str) -> None:
    """Serve with gunicorn on the socket that was handed down."""
    from gunicorn.app.wsgiapp import run

    follow()
    sys.argv = ["gunicorn", "config.wsgi", "--chdir", str(BASE)]
    sys.argv += ["--bind", f"fd://{listener}", "--no-control-socket"]
    sys.argv += ["--workers", os.environ.get("WORKERS") or "2", "--threads", "4"]
    sys.argv += ["--graceful-timeout", "5", "--log-level", "info" if is_debug() else "warning"]
    if os.access("/dev/shm", os.W_OK):  # noqa: S108
        sys.argv += ["--worker-tmp-dir", "/dev/shm"]  # noqa: S108
    if is_debug():
        # Django keeps templates once it has read them.
        sys.argv += ["--reload", "--reload-extra-file", str(BASE / "templates" / "**" / "*")]
    run()


def main() -> NoReturn:
    """Serve until Ctrl-C or SIGTERM, then stop everything that was started."""

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup sets it
        signal.signal(signal.SIGHUP, stop)  # the terminal is closed
    read_env_file()
    use_local_settings()
    listener = listen(os.environ["HOST"], os.environ["PORT"])
    # Whatever the environment says: whether others can reach this machine is known here alone.
    os.environ["STARTLINE_LOOPBACK"] = "false"
    try:
        if os.environ.get("DATABASE_URL"):
            given_database.check(os.environ["DATABASE_URL"])
        else:
            if not (data_folder() / "postgres").exists():
                print("Filling a new database; this takes up to a minute ...", flush=True)
            os.environ["DATABASE_URL"] = postgres.url(data_folder() / "postgres")
            os.environ["STARTLINE_EMBEDDED"] = "true"
            is_alone = os.environ["HOST"] in ("127.0.0.1", "localhost", "::1")
            os.environ["STARTLINE_LOOPBACK"] = str(is_alone).lower()
    except PostgresError as error:
        sys.exit(str(error))
    # In a process of its own, so that this one stays small and each worker loads today's code;
    # in a session of its own, so that Ctrl-C reaches it through this process, without a traceback.
    prepared = subprocess.run(
        [sys.executable, "-m", "config.local.serve", "prepare"], cwd=BASE, start_new_session=True
    )
    if prepared.returncode != 0:
        sys.exit("Startline could not be prepared: see above.")

    programs, number = [], listener.fileno()
    try:
        programs.append(web := Program("The web server", "serve", str(number), keep=(number,)))
        programs.append(worker := Program("The task worker", "worker"))
        sys.exit(supervise(web, worker))
    finally:
        # Before PostgreSQL, which stops as this process ends.
        for program in programs:
            program.stop()


if __name__ == "__main__":
    if sys.argv[1:] == ["prepare"]:
        prepare()
    elif sys.argv[1:] == ["worker"]:
        work()
    elif sys.argv[1:2] == ["serve"]:
        serve(sys.argv[2])
    else:
        main()
