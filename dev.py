#!/usr/bin/env python3
"""The commands of this project: ``python3 dev.py up``, ``python3 dev.py test`` and ``python3 dev.py evidence``.

Needs Python 3.11 or newer and nothing else: it makes ``.venv``, installs there what the lock files name,
by hash, and goes on inside.  What is already there is left alone, so that a second start takes a second.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree

ROOT = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
RESULTS = os.path.join(ROOT, "test-results")
OLDEST = (3, 11)
LOCKS = {"run": ("requirements.txt",), "test": ("requirements.txt", "requirements-test.txt")}

USAGE = """\
python3 dev.py up [--port 8000]       Start everything, with a demo organisation; Ctrl-C stops it.
python3 dev.py test                   Check the style and run every test, on PostgreSQL and on SQLite.
python3 dev.py test [pytest options]  Run some tests: dev.py test tests/people -k import --on sqlite
python3 dev.py evidence [part ...]    The long runs, in hours: faults on purpose in great numbers, with measured tables
                                      in docs/evidence.md.  Parts: {parts}.
                                      dev.py evidence --scale 0.1 kills makes a tenth of a part.
"""

# What each part of the evidence runs, and on which databases; without one it is a program of its own.
PARTS = {
    "kills": (("tests/faults/test_kills.py", "tests/activity/test_killed.py"), ("postgres", "sqlite")),
    "schedulers": (("tests/faults/test_schedulers.py",), ("postgres", "sqlite")),
    "outage": (("tests/faults/test_outage.py",), ("postgres",)),
    "jumps": (("tests/faults/test_jumps.py",), ("postgres", "sqlite")),
    "mail": (("tests/faults/test_mail_server.py",), ("postgres", "sqlite")),
    "servers": (("tests/faults/test_servers.py",), ("postgres",)),
    "days": (("tests/activity/test_calendar.py",), ("postgres",)),
    "clock": (("benchmarks.clock",), ()),
}


def say(text):
    print(text, flush=True)


def stop(text):
    """End with a sentence for the person at the terminal."""
    sys.stdout.flush()
    sys.exit("\n" + text)


def run(*command, **options):
    return subprocess.run([str(part) for part in command], cwd=ROOT, check=False, **options)


def pytest(*arguments, **environment):
    """Its exit code.  Ctrl-C reaches it too, and it is given the time to stop its servers and to clean up."""
    command = [PYTHON, "-m", "pytest", *(str(argument) for argument in arguments)]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment})
    interrupted = False
    while True:
        try:
            process.wait()
        except KeyboardInterrupt:
            interrupted = True
        else:
            break
    if interrupted:
        raise KeyboardInterrupt
    return process.returncode


# Python and its packages


def check_python(version=sys.version_info):
    if tuple(version[:2]) >= OLDEST:
        return
    for minor in (13, 12, 11, 14):
        newer = shutil.which(f"python3.{minor}")
        if newer and run(newer, "--version", capture_output=True).returncode == 0:
            say(f"This Python is {version[0]}.{version[1]}; going on with {newer}.")
            os.execv(newer, [newer, *sys.argv])
    stop(
        f"This needs Python 3.11 or newer; the one that runs here is {version[0]}.{version[1]} and no newer\n"
        "one is on PATH.  Debian 12, Ubuntu 24.04 and later have one: apt-get install python3 python3-venv"
    )


def venv_works():
    """Not so when a first run was interrupted, or when the system's Python was replaced since."""
    answer = run(PYTHON, "-c", "import sys, pip; print(sys.version_info[:2])", capture_output=True, text=True)
    return answer.returncode == 0 and answer.stdout.strip() == str(tuple(sys.version_info[:2]))


def make_venv(has_module=importlib.util.find_spec):
    if os.path.exists(PYTHON) and venv_works():
        return
    if not (has_module("venv") and has_module("ensurepip")):
        stop(
            "This Python has no venv module to keep packages apart in.  On Debian and Ubuntu it comes with:\n"
            "    apt-get install python3-venv"
        )
    say("Making a Python environment in .venv …")
    made = run(sys.executable, "-m", "venv", "--clear", VENV, capture_output=True, text=True)
    if made.returncode:
        stop(f"The environment could not be made:\n{made.stdout}{made.stderr}")


def fingerprint(purpose):
    """Which packages there should be: of the lock files and of the Python they are for."""
    seen = hashlib.sha256(str(tuple(sys.version_info[:2])).encode())
    for name in LOCKS[purpose]:
        with open(os.path.join(ROOT, name), "rb") as lock:
            seen.update(lock.read())
    return seen.hexdigest()


def stamp(purpose):
    return os.path.join(VENV, f"installed-for-{purpose}")


def is_installed(purpose):
    """The packages of the tests hold those of the product."""
    for other in ("run", "test") if purpose == "run" else ("test",):
        with contextlib.suppress(OSError), open(stamp(other)) as file:
            if file.read() == fingerprint(other):
                return True
    return False


def install(purpose):
    make_venv()
    with open(os.path.join(VENV, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_installed(purpose):
            return
        name = LOCKS[purpose][-1]
        with open(os.path.join(ROOT, name)) as file:
            count = len(re.findall(r"^[a-z0-9]\S*==", file.read(), re.MULTILINE))
        say(f"Installing {count} packages, each checked by its hash.  This takes about a minute, once …")
        began = time.monotonic()
        if not (install_by_uv(name) or install_by_pip(name)):
            stop("The packages could not be installed; the lines above say why.  Is there a network?")
        with open(stamp(purpose), "w") as file:
            file.write(fingerprint(purpose))
        say(f"Installed in {time.monotonic() - began:.0f} s.")


def install_by_uv(name):
    pip = (PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes")
    if run(*pip, "-r", "requirements-installer.txt").returncode:
        return False
    uv = (PYTHON, "-m", "uv", "pip", "install", "-q", "--python", PYTHON, "--require-hashes")
    return run(*uv, "--compile-bytecode", "-r", name).returncode == 0


def install_by_pip(name):
    say("The quick installer does not work here; pip takes a little longer …")
    pip = (PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes")
    return run(*pip, "-r", name).returncode == 0


# up


def up(arguments):
    install("run")
    sys.stdout.flush()
    os.execv(PYTHON, [PYTHON, os.path.join(ROOT, "manage.py"), "up", *arguments])


# test


def test(arguments):
    install("test")
    if arguments:
        found = found_chromium()
        return pytest(*arguments, **({"CHROMIUM": found} if found else {}))
    os.environ["CHROMIUM"] = chromium()
    say(f"The browser is {os.environ['CHROMIUM']}.")
    outcomes = [("Style", *style()), ("PostgreSQL", *suite("postgres")), ("SQLite", *suite("sqlite"))]
    say("")
    for name, good, words in outcomes:
        say(f"{name:<10}  {'good' if good else 'FAILED':<6}  {words}")
    return 0 if all(good for _, good, _ in outcomes) else 1


def style():
    say("\nStyle")
    checks = (("check", "-q", "."), ("format", "-q", "--check", "."))
    codes = [run(PYTHON, "-m", "ruff", *check).returncode for check in checks]
    return not any(codes), "ruff check and ruff format"


def suite(database):
    """All tests on one database; what a pass says of itself is kept in test-results/ as JUnit XML."""
    say(f"\nTests on {database}")
    os.makedirs(RESULTS, exist_ok=True)
    report = os.path.join(RESULTS, f"{database}.xml")
    with contextlib.suppress(FileNotFoundError):
        os.remove(report)
    cores = min(os.cpu_count() or 1, 4)
    parallel = ("-n", cores, "--dist", "loadfile") if cores > 1 else ()
    code = pytest("-q", "--on", database, "--junitxml", report, *parallel)
    return code == 0, counted(report)


def counted(report):
    try:
        tests = list(ElementTree.parse(report).iter("testsuite"))
    except (OSError, ElementTree.ParseError):
        return "no report was written"
    total, failed, errors, skipped = (
        sum(int(each.get(name, 0)) for each in tests) for name in ("tests", "failures", "errors", "skipped")
    )
    seconds = sum(float(each.get("time", 0)) for each in tests)
    words = f"{total - failed - errors - skipped} passed"
    for number, name in ((failed, "failed"), (errors, "with errors"), (skipped, "skipped")):
        if number:
            words += f", {number} {name}"
    return f"{words} in {seconds:.0f} s"


# evidence


def evidence(arguments):
    if arguments[:1] == ["--scale"]:
        os.environ["EVIDENCE_SCALE"] = str(float(arguments[1]))
        arguments = arguments[2:]
    unknown = [part for part in arguments if part not in PARTS]
    if unknown:
        stop(f"There is no part {unknown[0]!r}.  Parts: {', '.join(PARTS)}.")
    install("test")
    return max([one_part(part) for part in arguments or PARTS])


def one_part(part):
    """Its long run on each database; the table is written only when all of it was good."""
    files, databases = PARTS[part]
    with tempfile.TemporaryDirectory(prefix="mentorship-evidence-") as folder:
        notes, outcomes = os.path.join(folder, "notes"), []
        open(notes, "w").close()
        given = {"EVIDENCE": "1", "EVIDENCE_NOTES": notes}
        for database in databases:
            say(f"\nEvidence: {part}, on {database}")
            report = os.path.join(folder, f"{database}.xml")
            if pytest(*files, "-q", "--on", database, "--junitxml", report, **given):
                return 1
            outcomes.append(f"{database}: {counted(report)}")
        if not databases:
            say(f"\nEvidence: {part}")
            if run(PYTHON, "-m", *files, env={**os.environ, **given}).returncode:
                return 1
        return run(PYTHON, "-m", "tests.faults.report", part, notes, *outcomes).returncode


# The browser of the tests


def starts(program):
    if not program or not os.path.exists(program):
        return False
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        return run(program, "--version", capture_output=True, timeout=60).returncode == 0
    return False


def found_chromium():
    """The browser that is there: named by CHROMIUM, on PATH, or brought by Playwright or npm before."""
    if os.environ.get("CHROMIUM"):
        return os.environ["CHROMIUM"]
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    for program in (*(shutil.which(name) for name in names), playwrights_chromium()):
        if starts(program):
            return program
    return None


def chromium():
    if os.environ.get("CHROMIUM") and not starts(os.environ["CHROMIUM"]):
        stop(f"CHROMIUM names {os.environ['CHROMIUM']}, which does not start.")
    for bring in (lambda: None, chromium_by_apt, chromium_by_playwright):
        bring()
        found = found_chromium()
        if found:
            return found
    found = chromium_by_npm()
    if found:
        return found
    return stop(
        "The browser tests need Chromium, and there was no way to get one here.  Install it (on Debian:\n"
        "apt-get install chromium) or name one: CHROMIUM=/path/to/chromium python3 dev.py test\n"
        "Everything but the browser tests runs by: python3 dev.py test -m 'not browser'"
    )


def chromium_by_apt():
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    say("Installing Chromium for the browser tests by apt-get.  This takes some minutes, once …")
    quiet = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "stdin": subprocess.DEVNULL}
    quiet["stdout"] = subprocess.DEVNULL
    run("apt-get", "-q", "update", **quiet)
    run("apt-get", "-q", "-y", "install", "--no-install-recommends", "chromium", "fonts-noto-core", **quiet)


def playwrights_chromium():
    ask = "from playwright.sync_api import sync_playwright as start\n"
    ask += "with start() as playwright: print(playwright.chromium.executable_path)"
    answer = run(PYTHON, "-c", ask, capture_output=True, text=True)
    return answer.stdout.strip() if answer.returncode == 0 else None


def chromium_by_playwright():
    say("Asking Playwright for its Chromium …")
    libraries = ("--with-deps",) if os.geteuid() == 0 and shutil.which("apt-get") else ()
    run(PYTHON, "-m", "playwright", "install", *libraries, "chromium", stdin=subprocess.DEVNULL)


def chromium_by_npm():
    npm, node = shutil.which("npm"), shutil.which("node")
    if not (npm and node):
        return None
    say("Asking npm for a Chromium …")
    folder = os.path.join(ROOT, "var", "chromium")
    os.makedirs(folder, exist_ok=True)
    run(npm, "install", "--silent", "--ignore-scripts", "--prefix", folder, "@sparticuz/chromium@147.0.0")
    code = "import('@sparticuz/chromium').then(m => m.default.executablePath()).then(p => console.log(p))"
    answer = subprocess.run([node, "-e", code], cwd=folder, capture_output=True, text=True, check=False)
    program = answer.stdout.strip()
    return program if answer.returncode == 0 and starts(program) else None


def main(arguments):
    check_python()
    commands = {"up": up, "test": test, "evidence": evidence}
    if not arguments or arguments[0] not in commands:
        wanted = arguments[:1] in (["-h"], ["--help"], ["help"])
        (say if wanted else stop)(USAGE.format(parts=", ".join(PARTS)))
        return 0
    try:
        return commands[arguments[0]](arguments[1:]) or 0
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
