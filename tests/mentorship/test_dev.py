"""dev.py stands alone: it must give clear sentences on machines that have less than it needs."""

import ast
import importlib.util
import os
import re
import signal
import subprocess
import sys
import tomllib

import pytest

from mentorship import supervisor
from tests.faults import report
from tests.services import ROOT

pytestmark = pytest.mark.once

UNPACKED = re.compile(r"^([a-z0-9.-]+)==(\S+)", re.MULTILINE)


@pytest.fixture
def dev(tmp_path, monkeypatch):
    """The module, with a project of its own in an empty folder."""
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("requirements.txt", "requirements-test.txt"):
        (tmp_path / name).write_text(f"a-package==1.0 \\\n    --hash=sha256:00\n# {name}\n")
    monkeypatch.setattr(module, "ROOT", str(tmp_path))
    monkeypatch.setattr(module, "VENV", str(tmp_path / ".venv"))
    monkeypatch.setattr(module, "PYTHON", str(tmp_path / ".venv" / "bin" / "python"))
    monkeypatch.setattr(module, "RESULTS", str(tmp_path / "results"))
    return module


class Commands(list):
    """Lines, and by a part of a line what it answers."""

    codes: dict = {}


@pytest.fixture
def commands(dev, monkeypatch):
    """Every command that dev.py would run, and what each answers (0)."""
    ran = Commands()

    def run(*command, **options):
        line = " ".join(str(part) for part in command)
        ran.append(line)
        code = next((code for words, code in ran.codes.items() if words in line), 0)
        return subprocess.CompletedProcess(command, code, stdout=str(tuple(sys.version_info[:2])), stderr="")

    monkeypatch.setattr(dev, "run", run)
    monkeypatch.setattr(
        dev, "pytest", lambda *given, **more: run(dev.PYTHON, "-m", "pytest", *given).returncode
    )
    return ran


def stopped(function, *arguments, **options):
    with pytest.raises(SystemExit) as end:
        function(*arguments, **options)
    return str(end.value)


def test_an_old_python_is_named_with_the_way_to_a_newer_one(dev, monkeypatch):
    monkeypatch.setattr(dev.shutil, "which", lambda name: None)
    words = stopped(dev.check_python, version=(3, 9, 2))
    assert "needs Python 3.11 or newer; the one that runs here is 3.9" in words
    assert "apt-get install python3 python3-venv" in words


def test_an_old_python_hands_over_to_a_newer_one(dev, commands, monkeypatch):
    handed = []
    monkeypatch.setattr(
        dev.shutil, "which", lambda name: f"/usr/bin/{name}" if name == "python3.12" else None
    )
    monkeypatch.setattr(dev.os, "execv", lambda program, arguments: handed.append((program, arguments)))
    monkeypatch.setattr(dev.sys, "argv", ["dev.py", "up"])
    monkeypatch.setattr(dev, "stop", lambda text: None)
    dev.check_python(version=(3, 10, 1))
    assert handed == [("/usr/bin/python3.12", ["/usr/bin/python3.12", "dev.py", "up"])]


@pytest.mark.parametrize("lacking", ["venv", "ensurepip"])
def test_a_python_without_venv_is_told_which_package_brings_it(lacking, dev):
    words = stopped(dev.make_venv, has_module=lambda name: None if name == lacking else object())
    assert "no venv module" in words
    assert "apt-get install python3-venv" in words


def test_installing_happens_once_until_a_lock_changes(dev, commands, tmp_path, monkeypatch):
    monkeypatch.setattr(dev, "make_venv", lambda: (tmp_path / ".venv").mkdir(exist_ok=True))
    uv = "-m uv pip install -q --python {0} --require-hashes --compile-bytecode -r requirements.txt"

    dev.install("run")
    assert [line for line in commands if "-m uv" in line] == [f"{dev.PYTHON} {uv.format(dev.PYTHON)}"]

    commands.clear()
    dev.install("run")
    assert commands == []

    (tmp_path / "requirements.txt").write_text("a-package==1.1 --hash=sha256:00\n")
    dev.install("run")
    assert [line for line in commands if "-m uv" in line] == [f"{dev.PYTHON} {uv.format(dev.PYTHON)}"]


def test_the_packages_of_the_tests_serve_up_as_well_but_not_the_other_way(
    dev, commands, tmp_path, monkeypatch
):
    monkeypatch.setattr(dev, "make_venv", lambda: (tmp_path / ".venv").mkdir(exist_ok=True))
    dev.install("run")
    assert dev.is_installed("test") is False
    dev.install("test")
    os.remove(dev.stamp("run"))
    assert dev.is_installed("run") is True


def test_another_python_means_installing_anew(dev, monkeypatch):
    before = dev.fingerprint("run")
    monkeypatch.setattr(dev.sys, "version_info", (3, 13, 0))
    assert dev.fingerprint("run") != before


@pytest.mark.parametrize("broken", ["requirements-installer.txt", "-m uv"])
def test_pip_installs_when_uv_cannot(broken, dev, commands, tmp_path, monkeypatch):
    monkeypatch.setattr(dev, "make_venv", lambda: (tmp_path / ".venv").mkdir(exist_ok=True))
    commands.codes = {broken: 1}
    dev.install("test")
    assert commands[-1].endswith("--require-hashes -r requirements-test.txt")
    assert "-m pip install" in commands[-1]
    assert dev.is_installed("test") is True


def test_a_failed_installation_is_not_taken_for_done(dev, commands, tmp_path, monkeypatch):
    monkeypatch.setattr(dev, "make_venv", lambda: (tmp_path / ".venv").mkdir(exist_ok=True))
    commands.codes = {"install": 1}
    assert "could not be installed" in stopped(dev.install, "run")
    assert dev.is_installed("run") is False


def test_every_part_of_the_whole_test_run_can_fail_it(dev, commands, monkeypatch):
    monkeypatch.setattr(dev, "install", lambda purpose: None)
    monkeypatch.setattr(dev, "chromium", lambda: "/usr/bin/chromium")
    monkeypatch.setenv("CHROMIUM", "")
    assert dev.test([]) == 0
    assert [line.rpartition("-m ")[2].split()[0] for line in commands] == ["ruff", "ruff", "pytest", "pytest"]
    assert ["--on postgres" in line for line in commands[2:]] == [True, False]
    assert ["--on sqlite" in line for line in commands[2:]] == [False, True]
    for broken in ("ruff check", "ruff format", "--on postgres", "--on sqlite"):
        commands.codes = {broken: 5}
        assert dev.test([]) == 1


def test_arguments_go_to_pytest_and_nothing_else_runs(dev, commands, monkeypatch):
    monkeypatch.setattr(dev, "install", lambda purpose: None)
    monkeypatch.setattr(dev, "found_chromium", lambda: None)
    commands.codes = {"pytest": 3}
    assert dev.test(["tests/people", "-k", "import"]) == 3
    assert commands == [f"{dev.PYTHON} -m pytest tests/people -k import"]


def test_the_long_runs_write_their_table_when_all_of_a_part_was_good(dev, commands, monkeypatch):
    monkeypatch.setattr(dev, "install", lambda purpose: None)
    assert dev.evidence(["kills"]) == 0
    runs, table = commands[:2], commands[2]
    assert [re.search(r"--on (\w+)", line)[1] for line in runs] == ["postgres", "sqlite"]
    assert all("tests/faults/test_kills.py" in line for line in runs)
    assert "-m tests.faults.report kills" in table

    commands.clear()
    commands.codes = {"--on sqlite": 1}
    assert dev.evidence(["kills"]) == 1
    assert [line for line in commands if "report" in line.split("-m ")[1].split()[0]] == []


def test_a_part_that_does_not_exist_is_answered_with_those_that_do(dev):
    words = stopped(dev.evidence, ["kill"])
    assert "There is no part 'kill'." in words
    assert ", ".join(dev.PARTS) in words


def test_every_part_of_the_evidence_is_there_and_has_its_title(dev):
    files = [file for files, _databases in dev.PARTS.values() for file in files]
    places = [file if "/" in file else f"{file.replace('.', '/')}.py" for file in files]
    assert [place for place in places if not (ROOT / place).exists()] == []
    assert list(report.TITLES) == list(dev.PARTS)


def test_a_section_of_the_evidence_is_replaced_and_the_others_stay():
    page = report.replaced(report.HEAD, "mail", "## Nine failures of a mail server\n\nold\n")
    page = report.replaced(page, "kills", "## Senders are killed\n\n1\n")
    page = report.replaced(page, "mail", "## Nine failures of a mail server\n\nnew\n")
    assert page == (report.HEAD + "## Senders are killed\n\n1\n\n## Nine failures of a mail server\n\nnew\n")


def test_a_table_has_a_column_for_each_figure_that_any_line_has():
    lines = [{"part": "kills", "kills": 5, "lost": 0}, {"part": "kills", "kills": 4, "control": "no mark"}]
    assert report.table(lines) == (
        "| kills | lost | control |\n| --- | --- | --- |\n| 5 | 0 |  |\n| 4 |  | no mark |\n"
    )


def test_ctrl_c_gives_the_tests_time_to_clean_up(tmp_path):
    (tmp_path / "test_slow.py").write_text(
        "import pathlib, time\n"
        "def test_slow():\n"
        "    here = pathlib.Path(__file__).parent\n"
        "    try:\n"
        "        (here / 'started').touch()\n"
        "        time.sleep(60)\n"
        "    finally:\n"
        "        time.sleep(1)\n"
        "        (here / 'cleaned').touch()\n"
    )
    start = "import sys, dev; dev.install = lambda purpose: None; dev.PYTHON = sys.executable; "
    start += (
        "sys.exit(dev.main(['test', '-c', 'pyproject.toml', '--noconftest', '--on', 'sqlite', sys.argv[1]]))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", start, str(tmp_path)],
        cwd=ROOT,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert supervisor.wait_until((tmp_path / "started").exists, 60)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(30) == 130
    assert (tmp_path / "cleaned").exists()


def test_a_pass_is_counted_from_its_report(dev, tmp_path):
    report = tmp_path / "report.xml"
    report.write_text(
        '<testsuites><testsuite tests="10" failures="1" errors="2" skipped="3" time="12.4"/></testsuites>'
    )
    assert dev.counted(str(report)) == "4 passed, 1 failed, 2 with errors, 3 skipped in 12 s"
    assert dev.counted(str(tmp_path / "absent.xml")) == "no report was written"


def program(folder, name, code):
    path = folder / name
    path.write_text(f"#!/bin/sh\nexit {code}\n")
    path.chmod(0o755)
    return str(path)


def test_the_browser_is_the_one_named_else_the_one_on_path_that_starts(dev, tmp_path, monkeypatch):
    monkeypatch.setattr(dev, "playwrights_chromium", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    assert dev.found_chromium() is None
    program(tmp_path, "chromium", code=1)
    chrome = program(tmp_path, "google-chrome", code=0)
    assert dev.found_chromium() == chrome
    monkeypatch.setenv("CHROMIUM", "/opt/mine")
    assert dev.found_chromium() == "/opt/mine"
    assert "CHROMIUM names /opt/mine, which does not start." in stopped(dev.chromium)


def test_without_any_browser_it_fails_and_says_how_to_get_one(dev, monkeypatch):
    monkeypatch.delenv("CHROMIUM", raising=False)
    for way in ("chromium_by_apt", "chromium_by_playwright", "chromium_by_npm", "found_chromium"):
        monkeypatch.setattr(dev, way, lambda: None)
    words = stopped(dev.chromium)
    assert "apt-get install chromium" in words
    assert "-m 'not browser'" in words


def test_unknown_commands_get_the_usage(dev):
    assert "python3 dev.py up" in stopped(dev.main, ["serve"])
    assert "python3 dev.py up" in stopped(dev.main, [])
    assert dev.main(["--help"]) == 0


def test_it_uses_nothing_but_the_standard_library():
    source = (ROOT / "dev.py").read_text()
    names = set(re.findall(r"^(?:import|from) (\w+)", source, re.MULTILINE))
    assert names - set(sys.stdlib_module_names) == set()


def test_its_syntax_is_read_by_the_pythons_it_turns_away():
    ast.parse((ROOT / "dev.py").read_text(), feature_version=(3, 7))


def test_the_product_is_tested_with_the_versions_it_runs_on():
    run, test = (
        dict(UNPACKED.findall((ROOT / name).read_text()))
        for name in ("requirements.txt", "requirements-test.txt")
    )
    assert {name: test.get(name) for name in run} == run


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-test.txt", "requirements-installer.txt"])
def test_every_package_is_pinned_by_hash(name):
    text = (ROOT / name).read_text()
    pinned = re.split(r"^(?=[a-z0-9.-]+==)", text, flags=re.MULTILINE)[1:]
    assert pinned
    assert [block.split()[0] for block in pinned if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("name", ["requirements", "requirements-test"])
def test_the_lock_holds_all_that_is_asked_for_and_each_line_says_why(name):
    asked = [line for line in (ROOT / f"{name}.in").read_text().splitlines() if line and line[0] not in "#-"]
    locked = dict(UNPACKED.findall((ROOT / f"{name}.txt").read_text()))
    wanted = {re.match(r"[a-z0-9-]+", line)[0] for line in asked}
    assert wanted - locked.keys() == set()
    assert [line for line in asked if " # " not in line] == []


def test_ci_runs_the_same_command():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().splitlines()[-1] == "exec python3 dev.py test </dev/null"


def test_markers_of_pytest_are_explained():
    options = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    assert [marker.split(":")[0] for marker in options["markers"]] == ["browser", "postgres", "once"]
