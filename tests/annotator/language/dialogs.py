"""Every dialog that can be made without a study behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QWidget

from hrm_annotator import language
from hrm_annotator.actions.bindings import Bindings
from hrm_annotator.actions.profiles import Profile
from hrm_annotator.dialogs.analysis_report import AnalysisReportDialog
from hrm_annotator.dialogs.change_keys import ChangeKeysDialog
from hrm_annotator.dialogs.coder_name import CoderNameDialog
from hrm_annotator.dialogs.command_palette import CommandPalette
from hrm_annotator.dialogs.conflict import ConflictDialog
from hrm_annotator.dialogs.exclude_clip import ExcludeClipDialog
from hrm_annotator.dialogs.eyes_to_review import EyesToReview
from hrm_annotator.dialogs.give_out_folder import GiveOutFolderDialog
from hrm_annotator.dialogs.key_profile import KeyProfileDialog
from hrm_annotator.dialogs.key_sheet import KeySheet
from hrm_annotator.dialogs.let_suggest import LetSuggestDialog
from hrm_annotator.dialogs.neutral_picker import NeutralPicker
from hrm_annotator.dialogs.new_project import NewProjectDialog
from hrm_annotator.dialogs.next_to_code import NextToCodeDialog
from hrm_annotator.dialogs.plan_rating import PlanRatingDialog
from hrm_annotator.dialogs.rating_report import RatingReportDialog
from hrm_annotator.dialogs.rating_sessions import RatingSessionsDialog
from hrm_annotator.dialogs.reliability_report import ReliabilityReportDialog
from hrm_annotator.dialogs.unblind_judge import UnblindJudgeDialog
from hrm_annotator.main_window import MainWindow
from hrm_annotator.operations.group_analysis import Analysable
from hrm_annotator.operations.prelabel import ModelChoice
from hrm_annotator.operations.rating_overview import SeatLine, SessionLine
from hrm_annotator.operations.rating_plans import ChildClips, Outlook, Person, StudyForPlan
from hrm_annotator.operations.reliability import Extent, Measured
from hrm_annotator.reports.agreement_view import AgreementView
from hrm_annotator.reports.analysis_view import AnalysisView
from hrm_core.records.agreement import (
    ActionAgreement,
    Average,
    Disagreement,
    Dropped,
    Estimate,
    PairAgreement,
    RecordingPart,
    Source,
    SourceKind,
)
from hrm_core.records.analysis_patterns import (
    Combinations,
    Entropy,
    ExampleFrame,
    Rarefaction,
    TopCombination,
)
from hrm_core.records.analysis_results import (
    AnalysisOptions,
    AnalysisReport,
    FrameTest,
    MixedModel,
    ParticipantTest,
    Unit,
)
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding
from hrm_core.records.queue import QueueBy, QueueEntry
from hrm_core.records.recording import Clip
from hrm_core.workflows.choose_neutral import NeutralProposal

__all__ = ["agreement", "comparison", "every_dialog"]


def every_dialog(window: MainWindow) -> Iterator[QWidget]:
    """Make the dialogs one after another; each is shown and gone again before the next."""
    coded = FrameCoding(1, 1, 3, (ActionCode("AU12", 2),), doubtful=True)
    conflicts = [
        (coded, None, 0),
        (FrameCoding(1, 1, 3), FrameCoding(1, 1, 3, state=CodingState.NOT_CODABLE), 4),
    ]
    eyes = EyesToReview(window)
    eyes.show_runs([(7, 7, ""), (20, 31, "")])
    proposals = [NeutralProposal(frame, 3.0, 0.02, None) for frame in (3, 44, 100)]
    made: list[QWidget] = [
        ChangeKeysDialog(Bindings(), window),
        CoderNameDialog("", window),
        CommandPalette(window.actions_by_id, window),
        *(ConflictDialog(3, mine, theirs, others, window) for mine, theirs, others in conflicts),
        ExcludeClipDialog(Clip(1, 1, 2, 10, 40), window),
        eyes,
        KeyProfileDialog(window),
        *(KeySheet(Bindings(profile), window) for profile in Profile),
        NeutralPicker(proposals, window),
        NewProjectDialog(window),
        LetSuggestDialog((), window),
        LetSuggestDialog([ModelChoice("AB", "12", "MIT", "33", ("1",))], window),
        _next_to_code(window),
        ReliabilityReportDialog("", Path("7"), window),
        _agreement_view(window),
        *(_plan_rating(page, window) for page in range(5)),
        _rating_sessions(window),
        GiveOutFolderDialog("AB", "1", Path("7"), window),
        RatingReportDialog("1", Path("7"), window),
        UnblindJudgeDialog("AB", "1", (), window),
        *(_analysis_view(page, window) for page in range(2)),
        _analysis_report(window),
    ]
    for dialog in made:
        dialog.show()
        yield dialog
        dialog.hide()
        dialog.deleteLater()


def agreement() -> PairAgreement:
    """Numbers of three actions: good, bad with warnings, and none."""
    first, second = (Source(SourceKind.RATER, name, name) for name in "AB")
    good = ActionAgreement(
        "AU12",
        frames=900,
        both=300,
        neither=600,
        first_events=12,
        second_events=11,
        icc=Estimate(0.93, 0.91, 0.95),
        icc_participants=Estimate(0.93, 0.62, 0.99),
        kappa=Estimate(0.9),
        positive=Estimate(0.95),
        f1=Estimate(0.95),
    )
    bad = ActionAgreement(
        "AU4",
        frames=900,
        first_only=9,
        neither=891,
        first_events=2,
        icc=Estimate(-0.3, -0.4, -0.2),
        icc_participants=Estimate(-0.3, note="only 3 participants: the interval may be too narrow"),
        kappa=Estimate(None, why="neither used it in 900 frames"),
        warnings=("AU4 is too rare to judge.",),
    )
    none = ActionAgreement("AU1", why="B does not see the eyes")
    return PairAgreement(
        first,
        second,
        (none, bad, good),
        (Average("mean", 0.32, 2, ("AU1",)), Average("median", 0.32, 2, ("AU1",))),
        Estimate(0.8),
        Estimate(0.8),
        0,
        Estimate(None),
        900,
        3,
        8,
        (RecordingPart("7", "1", 1, 900, 8),),
        (Dropped("not coded by B", 40),),
        (Disagreement("AU4", "7", "1", 1, 3, 11, 1, 0),),
    )


def _next_to_code(window: MainWindow) -> NextToCodeDialog:
    dialog = NextToCodeDialog(window)
    places = [("7", 3, 3, QueueBy.DOUBT), ("7", 4, 9, QueueBy.RARITY), ("8", 1, 1, QueueBy.DIVERSITY)]
    dialog.show_entries(
        [
            *(QueueEntry(who, "7", 1, 1, first, last, by, 1.0) for who, first, last, by in places),
            QueueEntry("8", "8", 2, None, 2, 2, QueueBy.CONFLICT, 1.0, ("AU12", "AU4"), flagged=True),
        ]
    )
    return dialog


def _agreement_view(window: MainWindow) -> AgreementView:
    view = AgreementView(str, window)
    found = agreement()
    view.show_sources((found.first, found.second))
    view.show_extents([("7", Extent())])
    view.show_measured(Measured(found))
    return view


def _plan_rating(page: int, window: MainWindow) -> PlanRatingDialog:
    """The dialog at one of its pages, with a judge of each kind and every kind of words beside it."""
    people = (Person("AB", plans=True), Person("7", coded=frozenset({"7"})), Person("8"))
    study = StudyForPlan((ChildClips("7", 2, 5.0), ChildClips("8", 40, 200.0)), 3, people)
    dialog = PlanRatingDialog(study, window)
    for person in people:
        dialog.judges.name.setCurrentText(person.name)
        dialog.judges.add()
    dialog.tabs.setCurrentIndex(page)
    judges = tuple((person.name, 60, 12.5) for person in people)
    problem = language.tr("No child is ticked: tick those whose clips are to be rated.")
    dialog.show_outlook(Outlook(42, judges, (problem,)))
    return dialog


def _rating_sessions(window: MainWindow) -> RatingSessionsDialog:
    dialog = RatingSessionsDialog(window)
    why = "has coded these children"
    seats = (SeatLine("AB", 3, 60), SeatLine("7", 60, 60, False, why), SeatLine("8", 0, 60))
    dialog.show_sessions(
        (
            SessionLine("1", planned=True, closed=False, seats=seats, sound=True),
            SessionLine("2", planned=True, closed=True, seats=seats),
            SessionLine("3", planned=False, closed=False),
        )
    )
    return dialog


def _both(
    key: str, expression: str, means: tuple[float, float], p: float | None, p_frames: float
) -> tuple[ParticipantTest, FrameTest]:
    """Both tests of an action; without `p` it is constant."""
    points = means[0] - means[1]
    note = "constant: all values are equal" if p is None else ""
    children = ParticipantTest(
        key,
        expression,
        (4, 2),
        means,
        means,
        0.0 if p is None else 1.5,
        1.0 if p is None else p,
        p,
        p,
        Estimate(points, -0.5, 0.5),
        Estimate(points, points - 0.1, points + 0.1),
        Estimate(points),
        p_holm=1.0 if p is None else 3 * p,
        p_bh=p,
        family=3,
        note=note,
    )
    present = (round(means[0] * 1200), round(means[1] * 600))
    frames = FrameTest(
        key, expression, (1200, 600), present, 1.0, 1.0, p_frames, -1.0, 1.0, p_frames, None,
        Estimate(points), note=note,
    )  # fmt: skip
    return children, frames


def comparison() -> AnalysisReport:
    """Two groups and three actions: a difference, one over frames only, and a constant."""
    options = AnalysisOptions(("ASD", "TD"), ("happiness",))
    pairs = [
        _both(key, expression, means, p, p_frames)
        for expression in ("", "happiness")
        for key, means, p, p_frames in (
            ("AU1", (0.0, 0.0), None, 1.0),
            ("AU4", (0.2, 0.1), 0.267, 1e-9),
            ("AU12", (0.5, 0.125), 0.012, 1e-30),
        )
    ]
    top = tuple(
        TopCombination(group, "", score, frames, frames / 1200, 2, (ExampleFrame("7", "play-7", 63),))
        for group, score, frames in (("ASD", "6+12", 300), ("ASD", "0", 120), ("TD", "L4+25", 60))
    )
    kinds = (
        (
            Entropy(group, "", frames, 40, Estimate(3.2), 3.3, Estimate(2.25)),
            Rarefaction(group, "", (1, frames), (1.0, 40.0), (1.0, 40.0), (1.0, 40.0), 600, Estimate(31.5)),
        )
        for group, frames in (("ASD", 1200), ("TD", 600))
    )
    entropy, rarefaction = zip(*kinds, strict=True)
    return AnalysisReport(
        "Two children",
        True,
        "AB",
        ("AU1", "AU4", "AU12"),
        options,
        tuple(
            Unit(group, expression, children, children, frames)
            for expression in ("", "happiness")
            for group, children, frames in (("ASD", 4, 1200), ("TD", 2, 600))
        ),
        tuple(frames for _, frames in pairs),
        tuple(children for children, _ in pairs),
        combinations=Combinations(entropy=entropy, rarefaction=rarefaction, top=top),
    )


def _analysis_view(page: int, window: MainWindow) -> AnalysisView:
    view = AnalysisView(window)
    view.show_choices(Analysable(("AB", "7"), ("1", "2")))
    found = comparison()
    mixed = MixedModel(Estimate(0.7), p=0.03)
    first, *others = found.participant_tests
    view.show_report(replace(found, participant_tests=(replace(first, mixed=mixed), *others)))
    view.tabs.setCurrentIndex(page)
    return view


def _analysis_report(window: MainWindow) -> AnalysisReportDialog:
    dialog = AnalysisReportDialog("", Path("7"), window)
    dialog.show_files((Path("7/8.html"),))
    return dialog
