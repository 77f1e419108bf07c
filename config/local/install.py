"""Make .venv and install the locked packages into it, or do nothing when that is done already.

Runs on the machine's own Python, before any package is there, and must be readable to an old one.
"""

import fcntl
import hashlib
import importlib.util
import os
import subprocess
import sys

BASE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VENV = os.path.join(BASE, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
STAMP = os.path.join(VENV, "installed")
NAMES = ("requirements.txt", "requirements-local.txt", "requirements-dev.txt")
REQUIREMENTS = [os.path.join(BASE, name) for name in NAMES]


def wanted() -> str:
    """Name the Python and the packages that .venv should hold."""
    digest = hashlib.sha256()
    for path in REQUIREMENTS:
        with open(path, "rb") as file:
            digest.update(file.read())
    return f"{sys.version_info[0]}.{sys.version_info[1]} {digest.hexdigest()}\n"


def installed() -> str:
    """Return what the stamp says, nothing when .venv is missing or its Python is gone."""
    try:
        with open(STAMP) as file:
            return file.read() if os.path.exists(PYTHON) else ""
    except FileNotFoundError:
        return ""


def install() -> None:
    """Bring .venv up to the locked packages."""
    if importlib.util.find_spec("ensurepip") is None:
        sys.exit("Startline needs Python's venv module: on Debian, apt-get install python3-venv")
    print("Installing the packages into .venv (the first time takes a minute) ...", flush=True)
    # Packages may change under a running server, but another Python needs an empty folder.
    clear = ["--clear"] if not installed().startswith(wanted().split(" ")[0] + " ") else []
    pip = [PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "-qq", "--no-input"]
    pip.append("--require-hashes")
    for path in REQUIREMENTS:
        pip += ["-r", path]
    for command in ([sys.executable, "-m", "venv", *clear, VENV], pip):
        if subprocess.call(command) != 0:
            sys.exit("The packages could not be installed: see above.")
    with open(STAMP, "w") as file:
        file.write(wanted())


def main() -> None:
    """Install under a lock: `make run` and `make test` may both find a fresh clone."""
    major, minor = sys.version_info[:2]
    if (major, minor) < (3, 11):
        sys.exit(f"Startline needs Python 3.11 or newer; this is {major}.{minor}.")
    if installed() == wanted():
        return
    os.makedirs(os.path.join(BASE, ".data"), exist_ok=True)
    with open(os.path.join(BASE, ".data", "install.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if installed() != wanted():
            install()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        sys.exit(f"The packages could not be installed: {error}")
