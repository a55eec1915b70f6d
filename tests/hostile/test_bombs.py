"""Archive bombs and files with a reach of their own are refused, and the worker lives."""

import json
import os
import socket
import subprocess
import sys
import tempfile

import pytest

from core.sheets import limits
from core.sheets.admission import Unreadable
from core.sheets.columns import Column
from core.sheets.reading import open_table
from tests.hostile.bombs import BOMBS, GRID, book, external, parts_of
from tests.hostile.rosters import as_ods

COLUMNS = [Column("姓名", required=True), Column("证件号码", required=True)]


def ends_as(path):
    try:
        return "", [line.cells for line in open_table(path, COLUMNS).lines()]
    except Unreadable as refusal:
        return refusal.code if str(refusal).endswith("。") else f"no sentence: {refusal}", []


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_and_the_process_lives(name, tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "PARSE_MEMORY", 600 * limits.MIB)  # what dies is the parser
    make, codes = BOMBS[name]
    path = tmp_path / "bomb"
    path.write_bytes(make())
    code, rows = ends_as(path)
    assert code in codes
    assert rows == ([GRID[1], ["a", ""]][1:] if name == "dimension" else [])


XLSX, ODS = parts_of(book()), parts_of(as_ods(GRID))
PARTS = [(XLSX, part) for part in XLSX] + [(ODS, part) for part in ODS if part != "mimetype"]


@pytest.mark.parametrize(("whole", "part"), PARTS, ids=[part for _, part in PARTS])
def test_no_part_reaches_for_another_file_or_the_network(whole, part, tmp_path, monkeypatch):
    secret = tmp_path / "secret"
    secret.write_text("不应读到")
    file = tmp_path / "a.xlsx"
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        for address in (secret.as_uri(), f"http://127.0.0.1:{server.getsockname()[1]}/"):
            file.write_bytes(external(part, address, parts=whole))
            assert ends_as(file) == ("unsafe_file", [])
            # The parser by itself, as if the check before it had failed.
            monkeypatch.setattr("core.sheets.sources.check_archive", lambda _: [])
            _, rows = ends_as(file)
            monkeypatch.undo()
            assert "不应读到" not in str(rows)
        with pytest.raises(BlockingIOError):
            server.accept()  # nobody has called


_OPEN = """
import glob, json, os, resource, sys, threading, time
import django
django.setup()
from core.sheets.columns import Column
from core.sheets.admission import Unreadable
from core.sheets.reading import open_table
columns = [Column("姓名", required=True), Column("证件号码", required=True)]
parser = [0]

def watch():
    while True:
        for path in glob.glob(f"/proc/{os.getpid()}/task/*/children"):
            for child in open(path).read().split():
                try:
                    status = open(f"/proc/{child}/status").read()
                    command = open(f"/proc/{child}/cmdline").read()
                    if "VmHWM:" in status and chr(0) + "-I" + chr(0) in command:
                        parser[0] = max(parser[0], int(status.split("VmHWM:")[1].split()[0]))
                except OSError:
                    pass
        time.sleep(0.002)

threading.Thread(target=watch, daemon=True).start()
before, start, code = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter(), ""
try:
    list(open_table(sys.argv[1], columns).lines())
except Unreadable as error:
    code = error.code
took = time.perf_counter() - start
own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(json.dumps([code, took, own / 1024, parser[0] / 1024]))
"""


def measured(content: bytes) -> tuple[str, float, float, float]:
    """How it ended, seconds, MiB of the process beyond its start, MiB of the parser."""
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
        file.write(content)
        file.flush()
        done = subprocess.run(
            [sys.executable, "-c", _OPEN, file.name],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        )
    return tuple(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.timeout(3600)
def test_what_bombs_take(hostile):
    """Measures, in a process of its own for each: shown with `-rP`."""
    if not hostile:
        pytest.skip("part of --hostile")
    print("\nbomb                   KiB  ends as            seconds  own MiB  parser MiB")
    for name, (make, _) in BOMBS.items():
        content = make()
        code, took, own, parser = measured(content)
        size = len(content) // 1024
        print(f"{name:20} {size:5}  {code or 'read':18} {took:6.2f}  {own:7.0f}  {parser:9.0f}")
        assert own < 100
