"""Who is on the page, and what goes with them."""

import numpy as np
import pytest

from animegan.page.visitors import Visitors


@pytest.fixture
def visitors(tmp_path):
    return Visitors(tmp_path, keep=3600, memory=1_000_000)


def seen(table, side: int = 200):
    """A table whose photo was read: ``side``² pixels."""
    table.sitting._photo, table.sitting._given = np.zeros((side, side, 3), np.uint8), None
    return table


def test_a_table_stays_until_another_photo_comes(visitors):
    table = visitors.table("ann", "one/holiday.jpg")
    assert table.name == "holiday"
    assert visitors.table("ann", "one/holiday.jpg") is table
    assert visitors.table("bob", "one/holiday.jpg") is not table
    other = visitors.table("ann", b"bytes of a photo")
    assert other is not table
    assert other.name == "photo"
    assert visitors.last("ann") is None  # nothing is drawn yet


def test_the_tables_of_longest_ago_make_room(visitors):
    """Eight photos of 120,000 bytes fit."""
    for number in range(20):
        seen(visitors.table(f"visitor {number}", f"{number}.jpg"))
        visitors.tidy()
    kept = [n for n in range(20) if visitors.table(f"visitor {n}", f"{n}.jpg").sitting.nbytes]
    assert kept == list(range(12, 20))


def test_one_table_stays_however_large(visitors):
    table = seen(visitors.table("ann", "large.jpg"), 2000)
    visitors.tidy()
    assert visitors.table("ann", "large.jpg") is table


def test_who_leaves_is_stopped_and_takes_everything_along(visitors, tmp_path):
    run, others = visitors.begin("ann"), visitors.begin("bob")
    visitors.table("ann", "a.jpg").result = "a drawing"
    folder = visitors.folder("ann")
    (folder / "drawing.png").write_bytes(b"drawing")
    visitors.leave("ann")
    assert run.is_set()
    assert not others.is_set()
    assert visitors.last("ann") is None
    assert not folder.exists()
    assert not visitors.begin("ann").is_set()  # the next run is a new one


def test_every_run_of_a_visitor_is_stopped_and_none_that_is_over(visitors):
    first, second, third = (visitors.begin("ann") for _ in range(3))
    visitors.end("ann", second)
    visitors.stop("ann")
    assert [run.is_set() for run in (first, second, third)] == [True, False, True]
    visitors.end("ann", first)  # it was told meanwhile
    assert not visitors._runs


def test_a_stop_keeps_what_there_is(visitors):
    folder = visitors.folder("ann")
    visitors.table("ann", "a.jpg").result = "a drawing"
    run = visitors.begin("ann")
    visitors.stop("ann")
    assert run.is_set()
    assert visitors.last("ann").result == "a drawing"
    assert folder.exists()
    visitors.stop("nobody")


def test_the_sweep_takes_the_tables_of_photos_that_are_gone(visitors, tmp_path):
    (tmp_path / "here.jpg").write_bytes(b"photo")
    for name in ("here.jpg", "gone.jpg"):
        visitors.table(name, str(tmp_path / name)).result = "a drawing"
    visitors.table("bytes", b"photo").result = "a drawing"
    visitors.sweep()
    assert visitors.last("here.jpg")
    assert visitors.last("bytes")
    assert visitors.last("gone.jpg") is None
