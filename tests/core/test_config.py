"""hrm-project.toml: what is written is read back, and what is damaged is explained."""

from __future__ import annotations

import tempfile
import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hrm_core.config import FORMAT, PROJECT_FILE, Check, Privacy, StudySettings, read_settings, write_settings
from hrm_core.errors import ProjectError
from tests.support.builders import texts

_lines = st.text(st.characters(codec="utf-8"), max_size=20)


@st.composite
def _settings(draw: st.DrawFn) -> StudySettings:
    groups = tuple(draw(st.lists(_lines, min_size=1, max_size=4)))
    return StudySettings(
        name=draw(_lines),
        store=draw(st.sampled_from(["", "postgresql://ada:p%40ss@host/db"]) | _lines),
        groups=groups,
        asd_group=draw(st.sampled_from(groups)),
        extra_actions=tuple(draw(st.lists(st.sampled_from(["AU21", "AU31"]), unique=True))),
        synthetic=draw(st.booleans()),
        privacy=Privacy(draw(st.booleans()), draw(st.booleans())),
        check=Check(draw(st.booleans())),
    )


@given(_settings())
@example(StudySettings(name=""))
@example(StudySettings(name='a "b" \\ \x7f \x00 \n 儿童 😀', groups=("", "]"), asd_group=""))
def test_settings_are_read_as_they_were_written(settings: StudySettings) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_settings(Path(folder), settings)
        assert read_settings(Path(folder)) == settings
        assert [path.name for path in Path(folder).iterdir()] == [PROJECT_FILE]


def test_the_file_is_plain_toml_that_a_person_can_edit(tmp_path: Path) -> None:
    write_settings(tmp_path, StudySettings("Leuven 2024", extra_actions=("AU21",)))
    table = tomllib.loads((tmp_path / PROJECT_FILE).read_text(encoding="utf-8"))
    assert table == {
        "format": FORMAT,
        "name": "Leuven 2024",
        "groups": ["ASD", "TD"],
        "asd_group": "ASD",
        "extra_actions": ["AU21"],
        "synthetic": False,
        "privacy": {"mask_eyes_in_exports": True, "coders_blind": True},
        "check": {"hide_first_pass": False},
        "assistance": {
            "mode": "after-commit",
            "mode_fixed": False,
            "control_share": 0.2,
            "control_frames": 30,
            "seed": 0,
        },
        "expressions": {
            "threshold": 0.6,
            "requires": [
                "surprise: AU1 AU2 AU5 AU25 AU2X",
                "happiness: AU12",
                "sadness: AU1 AU4 AU6 AU15 AU17",
            ],
        },
        "release": {
            "licence": "",
            "creators": [],
            "consent_labels": [],
            "consent_pictures": [],
            "smallest_cell": 5,
        },
    }


def test_a_short_file_takes_the_defaults(tmp_path: Path) -> None:
    (tmp_path / PROJECT_FILE).write_text('name = "Short"\n', encoding="utf-8")
    assert read_settings(tmp_path) == StudySettings("Short")


def test_privacy_is_on_unless_switched_off() -> None:
    assert Privacy() == Privacy(mask_eyes_in_exports=True, coders_blind=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('format = 2\nname = "x"', "newer version .*project format 2, this program knows up to 1"),
        ('format = "1"\nname = "x"', "format must be a whole number, not '1'"),
        ('format = 0\nname = "x"', "format must be a whole number, not 0"),
        ('format = true\nname = "x"', "format must be a whole number, not True"),
        ('name = "x"\nnmae = "y"', "there is no setting nmae; there are: name, store, groups"),
        ('name = "x"\n[privacy]\nmask = true', "no setting privacy.mask; there are: privacy.mask_eyes"),
        ("name = 3", "name must be a text, not 3"),
        ('name = "x"\nsynthetic = "yes"', "synthetic must be true or false, not 'yes'"),
        ('name = "x"\nsynthetic = 1', "synthetic must be true or false, not 1"),
        ('name = "x"\ngroups = "ASD"', "groups must be a list of texts, not 'ASD'"),
        ('name = "x"\ngroups = ["ASD", 2]', "groups must be a list of texts"),
        ('name = "x"\nprivacy = "off"', "privacy"),
        ('name = "x"\nprivacy = 3', "privacy"),
        ('name = "x"\n[privacy]\ncoders_blind = 0', "privacy.coders_blind must be true or false, not 0"),
        ('groups = ["ASD"]', "does not name the study: add a line name"),
        ('name = "x"\nasd_group = "Autism"', "asd_group is 'Autism', which is not one of the groups"),
        ('name = "x', "cannot be read .*mend it"),
        ('name = "x"\nname = "y"', "cannot be read .*mend it"),
    ],
)
def test_a_damaged_file_is_explained(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / PROJECT_FILE
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProjectError, match=message) as caught:
        read_settings(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert path.read_text(encoding="utf-8") == text


def test_a_file_that_is_not_text_is_explained(tmp_path: Path) -> None:
    (tmp_path / PROJECT_FILE).write_bytes(b"\xff\xfe\x00name")
    with pytest.raises(ProjectError, match="cannot be read"):
        read_settings(tmp_path)


def test_a_folder_without_the_file_is_no_project(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "gone"):
        with pytest.raises(ProjectError, match=r"is not a project: it holds no hrm-project.toml"):
            read_settings(folder)


def test_a_folder_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ProjectError, match=r"cannot be written \(.*allow writing to the folder"):
        write_settings(tmp_path / "file", StudySettings("x"))


def test_a_name_that_is_not_text_is_explained(tmp_path: Path) -> None:
    """A folder's name may hold bytes that are no characters."""
    with pytest.raises(ProjectError, match="cannot be written"):
        write_settings(tmp_path, StudySettings("caf\udce9"))
    assert list(tmp_path.iterdir()) == []


@given(texts)
def test_a_failed_write_keeps_the_old_file(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_settings(Path(folder), StudySettings("old"))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("hrm_core.paths.os.fsync", _full)
            with pytest.raises(ProjectError, match="No space left"):
                write_settings(Path(folder), StudySettings(text))
        assert read_settings(Path(folder)).name == "old"
        assert [path.name for path in Path(folder).iterdir()] == [PROJECT_FILE]


def _full(_handle: int) -> None:
    raise OSError(28, "No space left on device")


def test_a_share_may_be_written_without_a_point(tmp_path: Path) -> None:
    (tmp_path / PROJECT_FILE).write_text('name = "a"\n[assistance]\ncontrol_share = 1\n', encoding="utf-8")
    assert read_settings(tmp_path).assistance.control_share == 1


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('mode = "always"', "write one of after-commit, assist, control"),
        ("control_share = 1.5", "must lie in 0-1"),
        ("control_share = true", "a number"),
        ('seed = "x"', "a whole number"),
        ("control_frames = 0", "1 or more"),
    ],
)
def test_assistance_that_cannot_be_meant_is_refused(tmp_path: Path, line: str, what: str) -> None:
    (tmp_path / PROJECT_FILE).write_text(f'name = "a"\n[assistance]\n{line}\n', encoding="utf-8")
    with pytest.raises(ProjectError, match=what):
        read_settings(tmp_path)
