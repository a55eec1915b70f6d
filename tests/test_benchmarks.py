"""The harness of script/bench: what it prints and keeps. No figure itself is ever tested."""

import importlib

import pytest

from benchmarks import Row, measured, percentile
from benchmarks.__main__ import PAGE, available, markdown, shown, write


def test_percentile_is_a_measured_value():
    values = [float(number) for number in range(1, 101)]
    assert percentile(values, 95) == 95
    assert percentile(values, 50) == 50
    assert percentile([7.0], 99) == 7


def test_a_block_is_measured():
    with measured() as cost:
        kept = bytearray(64 << 20)
    assert len(kept) == 64 << 20
    assert cost.wall > 0
    assert cost.peak > 64


def test_figures_are_kept_between_the_markers_of_their_section(tmp_path):
    page = tmp_path / "performance.md"
    page.write_text("a\n<!-- bench lists -->\nold\n<!-- end lists -->\nb\n")
    row = Row("page", 12.34, "ms", 10.06, "stock", "≥ 10 ×", True)
    write(page, "lists", markdown([("", "", "", "", ""), shown(row)]))
    text = page.read_text()
    assert "| page | 12.3 ms | 10.1 × stock | ≥ 10 × | met |" in text
    assert "old" not in text
    assert text.startswith("a\n<!-- bench lists -->\n")
    assert text.endswith("<!-- end lists -->\nb\n")
    with pytest.raises(SystemExit):
        write(page, "imports", [])


@pytest.mark.parametrize("name", available())
def test_a_section_has_a_heading_and_a_place_in_the_page(name):
    section = importlib.import_module(f"benchmarks.{name}")
    assert section.__doc__
    assert callable(section.measure)
    assert f"<!-- bench {name} -->\n" in PAGE.read_text()
