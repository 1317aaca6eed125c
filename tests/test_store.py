"""What a learner has built survives two kernels at once, a full disk, and changes of the course."""

import errno
import os
import shutil
import subprocess
import sys

import pytest

from tests.conftest import answer
from workshop import curriculum, paths, session, store
from workshop.paths import ROOT

DOT = "foundations.matrix:dot"

WRITER = """
import sys
from workshop import store
pieces = {pieces!r}
for i in range(60):
    for piece in pieces:
        store.save(piece, f"# {{sys.argv[1]}} {{i}}\\n" * 50)
        saved = store.load(piece)
        assert saved is not None and saved.cell.count("\\n") == 50 and len(set(saved.cell.split("\\n"))) == 2, saved
"""


def test_two_kernels_at_once_lose_and_tear_nothing(mine):
    pieces = list(curriculum.pieces())[:5]
    command = [sys.executable, "-c", WRITER.format(pieces=pieces)]
    writers = [subprocess.Popen([*command, name], cwd=ROOT, stderr=subprocess.PIPE, text=True) for name in "ab"]
    for writer in writers:
        assert writer.wait() == 0, writer.stderr.read()
    assert {p.name for p in (mine / "foundations.matrix").iterdir()} == {f"{p.partition(':')[2]}.py" for p in pieces}
    assert not [p for p in mine.rglob("*") if p.suffix == ".part"]


def test_a_full_disk_leaves_the_earlier_version_whole(mine, monkeypatch):
    store.save(DOT, "first")

    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(store.os, "fdopen", full)
    with pytest.raises(OSError) as caught:
        store.save(DOT, "second")
    assert "No space left" in store.trouble(caught.value) and "make room" in store.trouble(caught.value)
    monkeypatch.undo()
    os.environ["COURSE_MINE"] = str(mine)
    assert store.load(DOT).cell == "first"
    assert not [p for p in mine.rglob("*") if p.suffix == ".part"]


def test_a_verdict_rests_on_every_file_of_its_checks(tmp_path, monkeypatch):
    store.fingerprint(DOT)  # from here on it remembers which files the library's module is made from
    shutil.copytree(ROOT / "checks", tmp_path / "checks")
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    files = [p for p in (tmp_path / "checks/foundations/matrix").glob("*.py") if p.stem != "__init__"]
    prints = {store.fingerprint(DOT)}
    for file in files:
        file.write_text(file.read_text(encoding="utf-8") + "# another line\n", encoding="utf-8")
        prints.add(store.fingerprint(DOT))
    assert len(files) > 1 and len(prints) == 1 + len(files)


def test_an_older_version_goes_to_the_history(mine):
    for text in ("one", "two", "two", "three"):
        store.save(DOT, text)
    kept = sorted(p.read_text().splitlines()[-1] for p in (mine / "history").rglob("*.py"))
    assert kept == ["one", "two"] and store.load(DOT).cell == "three"


@pytest.mark.parametrize("text", ["", "nonsense", "# passed: other:piece\n# 2026-01-01 00:00, abc\nx", "\0"])
def test_a_damaged_file_is_no_piece(mine, text):
    store.save(DOT, "x")
    store.path_of(DOT).write_text(text)
    assert store.load(DOT) is None


def test_a_piece_is_judged_again_when_the_course_changes(mine, monkeypatch):
    store.save(DOT, answer(DOT))
    store.save("foundations.matrix:norm", answer("foundations.matrix:norm", ("math.sqrt", "2 * math.sqrt")))
    assert {plank.piece for plank in session.saved_planks()[0]} == {DOT, "foundations.matrix:norm"}
    monkeypatch.setattr(store, "fingerprint", lambda piece: "another")
    good, refused = session.saved_planks()
    assert [plank.piece for plank in good] == [DOT]
    assert [piece for piece, _ in refused] == ["foundations.matrix:norm"]
    assert store.load("foundations.matrix:norm") is not None, "it is put aside, not thrown away"
    assert store.load(DOT).fingerprint == "another"
