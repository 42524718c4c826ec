"""Group and diagnosis never reach a blind rater."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.config import StudySettings
from hrm_core.errors import ProjectError
from hrm_core.records.people import Rater
from hrm_core.workflows.add_participant import add_participant, add_rater, change_participant
from hrm_core.workflows.add_video import add_clips, add_video, set_neutral
from hrm_core.workflows.code_frames import CodingDesk
from hrm_core.workflows.look_at_project import look_at_project
from hrm_core.workflows.privacy import hide_groups, names_group, require_no_group
from hrm_core.workflows.project import Project
from hrm_core.workflows.show_video import neutral_picture, show_video

_STUDY = StudySettings("x")
_CHINESE = StudySettings("x", groups=("孤独症", "对照", "TD"), asd_group="孤独症")


@pytest.mark.parametrize(
    "text",
    [
        "S12TD",
        "ASD_07",
        "asd",
        "td-3",
        "S1 (ASD)",
        "7Td",
        "Origin Videos/ASD/x.mp4",
        "TD",
        "受试TD7",
        "对TD照",
    ],
)
def test_names_that_tell_the_group(text: str) -> None:
    assert names_group(text, _STUDY) is not None
    with pytest.raises(ProjectError, match="would tell blind coders the group"):
        require_no_group("Video name", text, _STUDY)
    hidden = hide_groups(text, _STUDY)
    assert "…" in hidden
    assert not re.search("asd|td", hidden, re.IGNORECASE)


@pytest.mark.parametrize(
    "text", ["STDIO", "LTDA", "S12", "wasdale", "BASD", "outdoor", "tdt", "étd", "", "7"]
)
def test_names_that_only_look_like_it(text: str) -> None:
    assert names_group(text, _STUDY) is None
    require_no_group("Video name", text, _STUDY)
    assert hide_groups(text, _STUDY) == text


@pytest.mark.parametrize("text", ["7对照组", "孤独症儿童3", "S1_对照"])
def test_groups_in_scripts_without_blanks(text: str) -> None:
    assert names_group(text, _CHINESE) is not None
    assert not re.search("对照|孤独症", hide_groups(text, _CHINESE))


@given(
    st.text(max_size=30),
    st.sampled_from(["ASD", "TD", "asd", "Td"]),
    st.sampled_from(["_", "7", " ", "/", "."]),
)
def test_hiding_leaves_no_group_that_could_be_found(text: str, group: str, between: str) -> None:
    hidden = hide_groups(f"{text}{between}{group}{between}{text}", _STUDY)
    assert names_group(hidden, _STUDY) is None
    assert hide_groups(hidden, _STUDY) == hidden


@given(st.sampled_from(["a.b", "x+", "(c)", "[d]", "$e"]), st.text("abcdex.+()[]$ ", max_size=20))
def test_group_names_are_taken_literally(group: str, text: str) -> None:
    study = StudySettings("x", groups=(group,), asd_group=group)
    assert (names_group(text, study) is None) or group.casefold() in text.casefold()
    assert names_group(f"7{group}7", study) == group


@pytest.fixture
def furnished(project: Project, film: Path, tmp_path: Path) -> Project:
    """Videos copied, linked and named after the group, clips, neutral faces and labels."""
    for code, group in (("S1", "ASD"), ("S2", "TD")):
        recording = add_video(project, code, film)
        add_clips(project, recording, [(0, 5), (6, 11)])
        set_neutral(project, code, frame=0)
        elsewhere = tmp_path / group / f"{code}_{group}.mp4"
        elsewhere.parent.mkdir()
        elsewhere.write_bytes(film.read_bytes())
        add_video(project, code, elsewhere, copy=False)
    for name, blind in (("Blind", True), ("Sighted", False)):
        rater = add_rater(project, name, blind=blind)
        desk = CodingDesk(project, rater, recording)
        desk.save(desk.uncoded(3).with_code("AU12", 2), "AU12 left")
    return project


def _rater(project: Project, name: str) -> Rater:
    return project.store.people.rater(name)


_GROUP = re.compile(r"(?<![A-Za-z])(ASD|TD)(?![A-Za-z])", re.IGNORECASE)


def test_a_blind_raters_view_holds_no_group_anywhere(furnished: Project) -> None:
    views = look_at_project(furnished, _rater(furnished, "Blind"))
    assert [view.participant.code for view in views] == ["S1", "S2"]
    assert [len(view.recordings) for view in views] == [2, 2]
    assert views[1].recordings[0].coded_frames == 1
    assert len(views[1].recordings[0].clips) == 2
    assert all(view.has_neutral for view in views)
    assert not _GROUP.search(repr(views))


def test_others_see_the_groups(furnished: Project) -> None:
    for viewer in (None, _rater(furnished, "Sighted")):
        views = look_at_project(furnished, viewer)
        assert [view.participant.group for view in views] == ["ASD", "TD"]
        assert _GROUP.search(repr(views))


def test_a_blind_rater_can_see_the_films_all_the_same(furnished: Project) -> None:
    for view in look_at_project(furnished, _rater(furnished, "Blind")):
        assert neutral_picture(furnished, view.participant.id) is not None
        for entry in view.recordings:
            with show_video(furnished, entry.recording) as video:
                assert len(video) == entry.recording.frame_count == 12


def test_the_desk_of_a_blind_rater_holds_no_group(furnished: Project) -> None:
    blind = _rater(furnished, "Blind")
    recording = look_at_project(furnished, blind)[1].recordings[0].recording
    desk = CodingDesk(furnished, blind, recording)
    everything = (desk.rater, desk.recording, desk.codings(), desk.undo_status(), desk.history(3))
    assert desk.codings().keys() == {3}
    assert not _GROUP.search(repr(everything))


def test_the_group_does_not_depend_on_when_a_child_was_added(furnished: Project) -> None:
    """The order of a blind rater's list follows the codes alone."""
    for code, group in (("S10", "TD"), ("S3", "ASD")):
        add_participant(furnished, code, group=group)
    assert [entry.code for entry in furnished.participants(_rater(furnished, "Blind"))] == [
        "S1",
        "S2",
        "S3",
        "S10",
    ]


def test_new_coders_are_blind_unless_the_study_says_otherwise(project: Project) -> None:
    assert add_rater(project, "  Ada  Lovelace ") == Rater(1, "Ada Lovelace")
    assert add_rater(project, "Bo", blind=False).blind is False
    # Asking again does not lift it.
    assert add_rater(project, "Ada Lovelace", blind=False).blind is True


def test_a_corrected_group_keeps_what_was_coded(furnished: Project) -> None:
    change_participant(furnished, "S2", group="ASD")
    views = look_at_project(furnished)
    assert views[1].participant.group == "ASD"
    assert views[1].has_neutral
    with show_video(furnished, views[1].recordings[0].recording) as video:
        assert len(video) == 12
    ada = _rater(furnished, "Blind")
    assert furnished.store.codings.get(ada.id, views[1].recordings[0].recording.id, 3) is not None
