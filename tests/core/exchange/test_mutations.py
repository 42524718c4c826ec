"""Files that were damaged, cut, doubled or edited: one sentence or a report, and never half an import.

Every mutation has a number; a failure prints it, and ``HRM_MUTATION=<format>:<number>`` runs it alone.
``HRM_MUTATIONS`` says how many there are of each format.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import random
import re
import shutil
import sqlite3
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hrm_core.errors import UserError
from hrm_core.exchange.code_runs import ALL_DETAILS, Detail
from hrm_core.exchange.hrm_csv import HrmLabels, write_hrm_csvs
from hrm_core.exchange.hrm_ratings import read_hrm_ratings
from hrm_core.records.coding import FrameCoding
from hrm_core.workflows.add_participant import add_participant, add_rater
from hrm_core.workflows.add_video import add_video
from hrm_core.workflows.exchange_hrm_csv import import_hrm_csv
from hrm_core.workflows.frame_times import frame_times
from hrm_core.workflows.import_features import import_features
from hrm_core.workflows.import_sheet import import_sheets, plan_import
from hrm_core.workflows.project import Project, create_project, open_project
from tests.support.builders import random_table, tiny_video
from tests.support.coding_sheets import FORMATS, SheetFormat, a_sheet, holdable
from tests.support.tool_files import openface_row, pyfeat_row, write_rows

FRAMES = 12
MANY_IN_ALL = int(os.environ.get("HRM_MANY_MUTATIONS", "10000"))


@dataclass(frozen=True)
class Importer:
    """A kind of file, and what takes it into a study.

    Attributes
    ----------
    name, file : str
        For messages, and what the file is called.
    make : callable
        Writes a good one.
    take : callable
        Imports it; gives the frames that must then be in the store as they are, or None.
    unpack, pack : callable
        The text inside, and the file around it again.
    holds : frozenset of Detail
        What the file can say of frames.
    share : int
        Of how many mutations of the others one is tried: a file that is read in a process of its own
        takes a second.
    """

    name: str
    file: str
    make: Callable[[Path], object]
    take: Callable[[Project, Path], dict[int, object] | None]
    unpack: Callable[[bytes], bytes] = bytes
    pack: Callable[[bytes], bytes] = bytes
    holds: frozenset[Detail] = ALL_DETAILS
    share: int = 1


# ---- what there is to import ------------------------------------------------------------------


def _write_labels(path: Path) -> None:
    codes = random_table(1, 1, FRAMES, 1)
    write_hrm_csvs({path: HrmLabels(codes.frames, codes.codes, 1)})


def _take_labels(project: Project, path: Path) -> None:
    import_hrm_csv(project, [path], rater="Ada", participant="S1", replace_codes=True)


def _write_ratings(path: Path) -> None:
    _write_labels(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    rated = [f"{lines[0]},Abnormal-J1,Abnormal-J2,Abnormal-avg", *(f"{line},1,2,1.5" for line in lines[1:])]
    path.write_text("\n".join(rated) + "\n", encoding="utf-8")


def _take_ratings(_: Project, path: Path) -> None:
    read_hrm_ratings(path)


def _take_features(tool: str) -> Callable[[Project, Path], None]:
    def take(project: Project, path: Path) -> None:
        import_features(project, tool, path, participant="S1", face="largest", again=True)

    return take


def _take_sheet(form: SheetFormat) -> Callable[[Project, Path], dict[int, object]]:
    """What the import of a sheet does: all of what was read, or nothing."""

    def take(project: Project, path: Path) -> dict[int, object]:
        (ada,) = project.raters()
        (film,) = project.store.recordings.of_participant()
        plans = plan_import(project, [path], form.form, else_about=("S1", "play"), only_as=ada)
        for note in plans[0].notes:
            assert len(note.message.splitlines()) == 1
            note.message.encode()
        import_sheets(project, plans, replace_codes=True)
        read = form.read(path, frame_times(project, film))
        return holdable(read.sheet.codings, form.holds)

    return take


def _unzip(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return file.read("db")


def _zip(db: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("db", db)
        file.writestr("project", "!project\nversion: 5\n")
    return out.getvalue()


_PACKED: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    ".boris.gz": (gzip.decompress, gzip.compress),
    ".opf": (_unzip, _zip),
}


# At the times of the film.
_SHEET = replace(a_sheet(FRAMES), participant="S1", times=np.arange(FRAMES) / 25, media="play.mp4")


def _write_sheet(form: SheetFormat) -> Callable[[Path], object]:
    return lambda path: form.write(path, _SHEET)


IMPORTERS: dict[str, Importer] = {
    each.name: each
    for each in (
        Importer("hrm csv", "S1.csv", _write_labels, _take_labels),
        Importer("hrm ratings", "S1.csv", _write_ratings, _take_ratings),
        Importer(
            "openface",
            "openface.csv",
            lambda path: write_rows(path, [openface_row(n) for n in range(1, FRAMES + 1)]),
            _take_features("openface"),
        ),
        Importer(
            "pyfeat",
            "pyfeat.csv",
            lambda path: write_rows(path, [pyfeat_row(n) for n in range(FRAMES)]),
            _take_features("pyfeat"),
        ),
        *(
            Importer(
                form.name,
                f"sheet{form.suffix}",
                _write_sheet(form),
                _take_sheet(form),
                *_PACKED.get(form.suffix, (bytes, bytes)),
                form.holds,
                share=24 if form.suffix == ".parquet" else 1,
            )
            for form in FORMATS
        ),
    )
}


# ---- what can happen to a file ------------------------------------------------------------------

_ODD_VALUES = [
    *(b"", b"-1", b"1e309", b"99999999999999999999", b"nan", b"0x10", b"1_000", "１２".encode(), b"NA", b'"'),
    *(b"'", b"\\", b"(", b"\t", b"null", b"[]", b"{}", b"true", b"\xff\xfe", b"\0", b"9999999", b"12.5"),
]
_ODD_NODES: list[Any] = [
    *(None, [], {}, -1, 1e308, "", "NA", True, "\ud800", "\0", "x" * 5000, [[[]]], {"a": {}}, 10**30, 0.5),
]


def _somewhere(dice: random.Random, data: bytes) -> tuple[int, int]:
    first = dice.randrange(len(data) + 1)
    return first, min(len(data), first + dice.choice([1, 2, 5, 20, 200]))


def _flip(dice: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.choice([1, 1, 2, 8, 50])):
        if changed:
            changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)


def _truncate(dice: random.Random, data: bytes) -> bytes:
    return data[: dice.randrange(len(data) + 1)]


def _double(dice: random.Random, data: bytes) -> bytes:
    first, last = dice.choice([(0, len(data)), _somewhere(dice, data)])
    return data[:last] + data[first:]


def _cut(dice: random.Random, data: bytes) -> bytes:
    first, last = _somewhere(dice, data)
    return data[:first] + data[last:]


def _rows(dice: random.Random, data: bytes) -> bytes:
    """Rows cut, doubled, moved."""
    rows = data.splitlines(keepends=True) or [b""]
    for _ in range(dice.choice([1, 1, 3])):
        at, to = dice.randrange(len(rows)), dice.randrange(len(rows))
        act = dice.randrange(3)
        if act == 0 and len(rows) > 1:
            del rows[at]
        elif act == 1:
            rows.insert(to, rows[at])
        else:
            rows[at], rows[to] = rows[to], rows[at]
    return b"".join(rows)


def _columns(dice: random.Random, data: bytes) -> bytes:
    """Two columns swapped in all rows, in one, or one left out."""
    mark = max(b",", b"\t", b";", key=data.count)
    rows = data.splitlines(keepends=True) or [b""]
    only = dice.choice([None, None, dice.randrange(len(rows))])
    one, two, drop = dice.randrange(40), dice.randrange(40), dice.random() < 0.3
    for at, row in enumerate(rows):
        cells = row.rstrip(b"\r\n").split(mark)
        if only not in (None, at) or max(one, two) >= len(cells):
            continue
        cells[one], cells[two] = cells[two], cells[one]
        if drop:
            del cells[one]
        rows[at] = mark.join(cells) + row[len(row.rstrip(b"\r\n")) :]
    return b"".join(rows)


def _values(dice: random.Random, data: bytes) -> bytes:
    """Numbers and words replaced by what nobody expects there."""
    found = list(re.finditer(rb"[\w.+-]+", data))
    for match in sorted(
        dice.sample(found, min(len(found), dice.choice([1, 2, 10]))), key=lambda m: -m.start()
    ):
        data = data[: match.start()] + dice.choice(_ODD_VALUES) + data[match.end() :]
    return data


def _encoding(dice: random.Random, data: bytes) -> bytes:
    text = data.decode("utf-8", errors="replace")
    encoding = dice.choice(["utf-16", "utf-8-sig", "utf-32", "latin-1", "gb18030", "utf-7", "cp437"])
    return text.encode(encoding, errors="replace")


def _ends(dice: random.Random, data: bytes) -> bytes:
    return data.replace(
        b"\n", dice.choice([b"\r\n", b"\r", b"\n\n", b"", b"\0", b"\n,\n", "\u2028".encode()])
    )


def _places(node: Any, *, events: bool) -> Iterator[tuple[Any, Any, bool]]:
    """Every place in a JSON file: what holds it, its key, and whether it is about events."""
    keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for key in keys:
        yield node, key, events or key == "events"
        yield from _places(node[key], events=events or key == "events")


def _nodes(dice: random.Random, data: bytes) -> bytes:
    """Parts of a JSON file replaced; other files as they are."""
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        return _values(dice, data)
    if not isinstance(content, dict) or not content:
        return _values(dice, data)
    for _ in range(dice.choice([1, 1, 2])):
        places = list(_places(content, events=False))
        # Most of a project describes behaviours; what is imported are its events.
        coded = [place for place in places if place[2]]
        holder, key, _ = dice.choice(coded if coded and dice.random() < 0.6 else places)
        holder[key] = dice.choice(_ODD_NODES)
    return json.dumps(content).encode()


_MUTATIONS = (
    _flip,
    _flip,
    _truncate,
    _double,
    _cut,
    _rows,
    _columns,
    _values,
    _values,
    _encoding,
    _ends,
    _nodes,
)


def mutated(importer: Importer, good: bytes, number: int) -> bytes:
    """The good file with one or two things that happened to it."""
    dice = random.Random(f"{importer.name}:{number}")
    inside = importer.pack is not bytes and dice.random() < 0.8
    data = importer.unpack(good) if inside else good
    for _ in range(dice.choice([1, 1, 1, 2])):
        data = dice.choice(_MUTATIONS)(dice, data)
    return importer.pack(data) if inside else data


# ---- the test ---------------------------------------------------------------------------------


def everything(project: Project) -> tuple[list[str], dict[str, str]]:
    """All rows of the store, and all other files of the study."""
    with sqlite3.connect(project.folder / "labels.sqlite") as store:
        rows = list(store.iterdump())
    store.close()
    files = {
        path.relative_to(project.folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(project.folder.rglob("*"))
        if path.is_file() and not path.name.startswith("labels.sqlite")
    }
    return rows, files


def stored(project: Project) -> dict[int, FrameCoding]:
    (film,) = project.store.recordings.of_participant()
    (ada,) = project.store.people.raters()
    return dict(project.store.codings.of_video(ada.id, film.id))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study with one film and one rater, never opened itself."""
    folder = tmp_path_factory.mktemp("template")
    film = tiny_video(folder / "play.mp4", FRAMES)
    with create_project(folder / "study") as project:
        add_participant(project, "S1", group="ASD")
        add_video(project, "S1", film, name="play")
        add_rater(project, "Ada")
    return folder / "study"


@pytest.fixture
def study(template: Path, tmp_path: Path) -> Iterator[Callable[[], Project]]:
    """Gives the study; a fresh one every hundred calls."""
    calls = 0
    opened: list[Project] = []

    def give() -> Project:
        nonlocal calls
        if calls % 100 == 0:
            if opened:
                opened.pop().close()
            shutil.copytree(template, tmp_path / f"study {calls}")
            opened.append(open_project(tmp_path / f"study {calls}"))
        calls += 1
        return opened[0]

    yield give
    for project in opened:
        project.close()


def endure(importer: Importer, numbers: range, study: Callable[[], Project], folder: Path) -> Counter[str]:
    """Import mutated files; says how many were taken and refused."""
    good_path = folder / f"good {importer.file}"
    importer.make(good_path)
    good = good_path.read_bytes()
    (folder / "in").mkdir()
    path = folder / "in" / importer.file
    ends: Counter[str] = Counter()
    for number in numbers:
        path.write_bytes(mutated(importer, good, number))
        project = study()
        before = everything(project)
        refused = ""
        try:
            said = importer.take(project, path)
        except UserError as error:
            refused = str(error)
        except Exception as error:
            raise AssertionError(f"HRM_MUTATION='{importer.name}:{number}' ends with {error!r}") from error
        if refused:
            ends["refused"] += 1
            assert len(refused.splitlines()) == 1, f"{importer.name}:{number}: {refused}"
            assert everything(project) == before, f"{importer.name}:{number}: half an import after: {refused}"
        else:
            ends["taken"] += 1
            if said is None:
                continue
            found = holdable(stored(project), importer.holds)
            missing = {at for at, coding in said.items() if found.get(at) != coding}
            assert not missing, f"{importer.name}:{number}: frames {missing} are not in the store"
    return ends


@pytest.mark.parametrize("name", IMPORTERS)
def test_the_good_file_is_taken(name: str, study: Callable[[], Project], tmp_path: Path) -> None:
    importer = IMPORTERS[name]
    path = tmp_path / importer.file
    importer.make(path)
    project = study()
    said = importer.take(project, path)
    if name in {form.name for form in FORMATS}:
        assert said == holdable(_SHEET.codings, importer.holds) == holdable(stored(project), importer.holds)


@pytest.mark.parametrize("name", IMPORTERS)
def test_mutated_files(name: str, study: Callable[[], Project], tmp_path: Path) -> None:
    number = -(-int(os.environ.get("HRM_MUTATIONS", "24")) // IMPORTERS[name].share)
    ends = endure(IMPORTERS[name], range(number), study, tmp_path)
    assert sum(ends.values()) == number
    # Mutations that everything survives, or nothing does, would test little.
    assert 0 < ends["refused"] < number or number < 24


@pytest.mark.slow
@pytest.mark.parametrize("name", IMPORTERS)
def test_many_mutated_files(name: str, study: Callable[[], Project], tmp_path: Path) -> None:
    each = round(MANY_IN_ALL / sum(1 / importer.share for importer in IMPORTERS.values()))
    each = -(-each // IMPORTERS[name].share)
    # Other numbers than the plain run's.
    ends = endure(IMPORTERS[name], range(100_000, 100_000 + each), study, tmp_path)
    assert sum(ends.values()) == each
    print(f"{name}: {dict(ends)}")


@pytest.mark.skipif("HRM_MUTATION" not in os.environ, reason="one mutation is asked for by HRM_MUTATION")
def test_one_mutation(study: Callable[[], Project], tmp_path: Path) -> None:
    name, _, number = os.environ["HRM_MUTATION"].rpartition(":")
    endure(IMPORTERS[name], range(int(number), int(number) + 1), study, tmp_path)


def test_half_an_import_would_be_seen(study: Callable[[], Project], tmp_path: Path) -> None:
    """An importer that saves before it has read everything is caught, and one that raises anything else."""

    def take(project: Project, path: Path) -> None:
        (film,) = project.store.recordings.of_participant()
        (ada,) = project.store.people.raters()
        said = FrameCoding(ada.id, film.id, 3)
        project.store.codings.save_frames(ada.id, film.id, {3: said}, based_on={3: None})
        read_hrm_ratings(path)

    (tmp_path / "one").mkdir()
    with pytest.raises(AssertionError, match="half an import"):
        endure(replace(IMPORTERS["hrm csv"], take=take), range(50), study, tmp_path / "one")

    def trip(_: Project, path: Path) -> None:
        path.read_bytes().decode()

    (tmp_path / "two").mkdir()
    with pytest.raises(AssertionError, match=r"HRM_MUTATION='hrm csv:\d+' ends with UnicodeDecodeError"):
        endure(replace(IMPORTERS["hrm csv"], take=trip), range(100), study, tmp_path / "two")
