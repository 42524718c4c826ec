"""Assembly: arguments, the Qt application, the window."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hrm_annotator import __version__

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

__all__ = ["JudgeProgram", "Program", "Running", "run"]


def run(arguments: Sequence[str]) -> int:
    """Start the program and return its exit status.

    Parameters
    ----------
    arguments : sequence of str
        As in ``sys.argv``.
    """
    options = _parse(arguments)
    if not _has_display():
        return _without_display(options)
    return _open_window(options)


def _open_window(options: argparse.Namespace) -> int:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication, QMessageBox

    from hrm_annotator.crash.hook import CrashHook
    from hrm_annotator.language import language_for
    from hrm_annotator.look.fonts import use_fonts
    from hrm_annotator.look.theme import apply_theme, follow_system
    from hrm_annotator.settings import personal, place

    app = QApplication(["hrm-annotator"])
    app.setApplicationName("HRM Annotator")
    app.setApplicationVersion(__version__)
    settings = personal.load()
    apply_theme(app, settings.theme)
    follow_system(app)
    use_fonts(app)
    # Who rates uses no settings of a study: another window may be open beside it.
    seat = place.take_seat() if options.rate is None else None
    left = place.left_open() if seat is not None else None
    running = Running(
        app, language_for(settings.language), has_seat=seat is not None, rate=_wanted_seat(options)
    )
    hook = CrashHook()
    hook.install()
    hook.crashed.connect(
        lambda path: QMessageBox.critical(
            running.program.window, "HRM Annotator", running.program.crash_words(path)
        )
    )
    # After the first paint: opening a study must not keep the window away.
    program = running.program
    if isinstance(program, JudgeProgram):
        QTimer.singleShot(0, program.start)
    elif options.demo is not None:
        QTimer.singleShot(0, lambda: program.study.open_demo(options.demo))
    elif options.project is not None:
        QTimer.singleShot(0, lambda: program.study.open_project(options.project))
    elif left is not None:
        # The program was ended by force: the coder goes on where that happened.
        QTimer.singleShot(0, lambda: program.study.open_project(left))
    status = app.exec()
    running.program.close()
    return status


def _crash_words(report: str) -> str:
    """What is said of our own mistake."""
    from hrm_annotator.language import tr

    words = tr(
        "The program made a mistake. Your labels are on disk up to the last change that was confirmed below."
    )
    if not report:
        return words
    return words + " " + tr("A report without names or pictures is in\n{path}", path=report)


class Running:
    """The program that runs; it speaks another language by being made anew.

    Parameters
    ----------
    app : QApplication
        Qt's part of it, which stays.
    language : str
        Code of the language to begin with.
    has_seat : bool
        Whether this is the only window of this person.
    rate : tuple of (Path, str, str), optional
        Begin as a judge's program: folder of the study, names of session and judge, empty where
        they are asked for.

    Attributes
    ----------
    program : Program or JudgeProgram
        What is open now, its window shown.
    """

    def __init__(
        self,
        app: QApplication,
        language: str,
        *,
        has_seat: bool = True,
        rate: tuple[Path, str, str] | None = None,
    ) -> None:
        from hrm_annotator.language import use
        from hrm_annotator.language.qt_texts import QtTexts

        self._app, self._has_seat = app, has_seat
        self._qt_texts = QtTexts(app)
        self.program: Program | JudgeProgram
        if rate is None:
            self.program = self._start(language)
        else:
            use(language)
            self._qt_texts.use(language)
            self.program = JudgeProgram(*rate)
            self.program.sitting.left.connect(self.program.window.close)
            self.program.window.show()

    def _start(self, language: str, before: Program | None = None) -> Program:
        from PySide6.QtCore import Qt

        from hrm_annotator.language import use
        from hrm_annotator.settings.layout import copy_layout

        use(language)
        self._qt_texts.use(language)
        program = Program()
        program.comfort.has_seat = self._has_seat
        # Queued: the menu in which it was chosen goes with the window.
        program.language.wanted.connect(self._speak, Qt.ConnectionType.QueuedConnection)
        program.judging.wanted.connect(self._rate, Qt.ConnectionType.QueuedConnection)
        if before is not None:
            copy_layout(before.window, program.window)
        program.window.show()
        return program

    def _speak(self, language: str) -> None:
        """End the program as at quitting and start it in another language, at the same place."""
        from hrm_annotator.actions.ids import ActionId

        before = self.program
        assert isinstance(before, Program)
        project, rater = before.session.project, before.session.rater
        before.close()
        self.program = program = self._start(language, before)
        # Who steps on must not leave frames uncoded because the words have changed.
        carry = program.window.actions_by_id[ActionId.CARRY_ON]
        carry.setChecked(before.runs.carrying)
        # Who chose to see no suggestions shall not see some because the words have changed.
        program.assist.go_on_as(before.assist)
        program.window.activateWindow()
        # Not earlier: without any window Qt ends the program.
        before.window.hide()
        if project is not None and rater is not None:
            program.study.open_project(project.folder, rater.name)

    def _rate(self, folder: Path) -> None:
        """End the coding program, its project closed, and let a judge rate in a window of its own."""
        from PySide6.QtCore import Qt

        before = self.program
        before.close()
        self.program = program = JudgeProgram(folder)
        program.sitting.left.connect(self._rated, Qt.ConnectionType.QueuedConnection)
        program.window.show()
        program.window.activateWindow()
        # Not earlier: without any window Qt ends the program.
        before.window.hide()
        program.start()

    def _rated(self) -> None:
        """End the judge's program; the start page follows, with no study open."""
        from hrm_annotator.language import in_use

        before = self.program
        before.close()
        self.program = self._start(in_use())
        self.program.window.activateWindow()
        before.window.hide()


class Program:
    """Everything that lives as long as the window, made and ended in the right order.

    Attributes
    ----------
    session, window, runner, reader, clock, faces, marks, neutral, coding, comfort, runs, doubts, clips,
    check, exchange, extent, timeline, compare, assist, training, reliability, ratings, analysis,
    attributions, review, queue, prelabel, study, keys, language, judging
        The parts.
    """

    crash_words = staticmethod(_crash_words)

    def __init__(self) -> None:
        from hrm_annotator.look.focus_ring import FocusRing
        from hrm_annotator.main_window import MainWindow
        from hrm_annotator.operations.activity import ActivityClock
        from hrm_annotator.operations.runner import Runner
        from hrm_annotator.session import Session
        from hrm_annotator.wiring.check_wiring import CheckWiring
        from hrm_annotator.wiring.clip_wiring import ClipWiring
        from hrm_annotator.wiring.coding_wiring import CodingWiring
        from hrm_annotator.wiring.comfort_wiring import ComfortWiring
        from hrm_annotator.wiring.compare_wiring import CompareWiring
        from hrm_annotator.wiring.doubt_wiring import DoubtWiring
        from hrm_annotator.wiring.exchange_wiring import ExchangeWiring
        from hrm_annotator.wiring.extent_wiring import ExtentWiring
        from hrm_annotator.wiring.face_wiring import FaceWiring
        from hrm_annotator.wiring.judging_wiring import JudgingWiring
        from hrm_annotator.wiring.key_reader import KeyReader
        from hrm_annotator.wiring.key_wiring import KeyWiring
        from hrm_annotator.wiring.language_wiring import LanguageWiring
        from hrm_annotator.wiring.mark_wiring import MarkWiring
        from hrm_annotator.wiring.neutral_wiring import NeutralWiring
        from hrm_annotator.wiring.reliability_wiring import ReliabilityWiring
        from hrm_annotator.wiring.review_wiring import ReviewWiring
        from hrm_annotator.wiring.run_wiring import RunWiring
        from hrm_annotator.wiring.study_wiring import StudyWiring
        from hrm_annotator.wiring.timeline_wiring import TimelineWiring
        from hrm_annotator.wiring.training_wiring import TrainingWiring

        self.session = Session()
        self.window = MainWindow(self.session)
        self.focus_ring = FocusRing(self.window)
        self.runner = Runner()
        self.reader = KeyReader(self.window, self.session)
        self.clock = ActivityClock()  # of two filters the newer sees an event first; the reader keeps keys
        self.session.clock = self.clock.seconds
        self.faces = FaceWiring(self.window, self.session, self.runner)
        self.marks = MarkWiring(self.window, self.session, self.runner, self.faces)
        self.neutral = NeutralWiring(self.window, self.session, self.runner, self.faces)
        self.coding = CodingWiring(self.window, self.session, self.runner, self.faces, self.reader)
        self.runs = RunWiring(self.window, self.session)
        self.doubts = DoubtWiring(self.window, self.session)
        self.clips = ClipWiring(self.window, self.session, self.runner)
        self.exchange = ExchangeWiring(self.window, self.session, self.runner, self.coding)
        self._tell_results()
        self.check = CheckWiring(self.window, self.session, self.runner, self.coding)
        self.extent = ExtentWiring(self.window, self.session, self.faces, self.runs.ranges)
        self.timeline = TimelineWiring(self.window, self.session, self.runs.ranges)
        self.training = TrainingWiring(self.window, self.session, self.runner, self.coding)
        self.reliability = ReliabilityWiring(self.window, self.session, self.runner, self.coding)
        self.review = ReviewWiring(self.window, self.session, self.runner)
        self.compare = CompareWiring(self.window, self.session)
        self._suggest()
        self.comfort = ComfortWiring(self.window, self.session)
        self.study = StudyWiring(self.window, self.session, self.runner, self.coding)
        self.keys = KeyWiring(self.window, self.session, self.reader, self.study)
        self.language = LanguageWiring(self.window, self.session, self.study, self.coding)
        self.judging = JudgingWiring(self.window, self.session, self.coding)
        self.faces.chosen.connect(self.study.remember)
        self.window.may_close = self.coding.may_leave

    def _tell_results(self) -> None:
        """Rating sessions, groups compared, and what moved a network's ratings."""
        from hrm_annotator.wiring.analysis_wiring import AnalysisWiring
        from hrm_annotator.wiring.attribution_wiring import AttributionWiring
        from hrm_annotator.wiring.rating_wiring import RatingWiring

        self.ratings = RatingWiring(self.window, self.session, self.runner)
        self.analysis = AnalysisWiring(self.window, self.session, self.runner, self.coding)
        self.attributions = AttributionWiring(self.window, self.session, self.runner)

    def _suggest(self) -> None:
        """What models suggest, what to code next by it, and letting a model look."""
        from hrm_annotator.wiring.assist_wiring import AssistWiring
        from hrm_annotator.wiring.prelabel_wiring import PrelabelWiring
        from hrm_annotator.wiring.queue_wiring import QueueWiring

        self.assist = AssistWiring(self.window, self.session, self.runner, self.coding, self.runs.ranges)
        self.queue = QueueWiring(self.window, self.session, self.runner, self.coding)
        self.prelabel = PrelabelWiring(self.window, self.session)
        self.queue.mode = lambda: self.assist.suggestions.mode
        self.assist.suggestions.changed.connect(self.queue.on_mode_changed)
        self.prelabel.suggested.connect(self.assist.reload)

    def close(self) -> None:
        """End threads, give the project back and remove the window."""
        self.focus_ring.stop()
        self.clock.stop()
        self.reader.stop()
        self.compare.stop()
        self.comfort.stop()
        self.study.stop()
        self.neutral.stop()
        self.exchange.stop()
        self.ratings.stop()
        self.analysis.stop()
        self.extent.stop()
        self.review.stop()
        self.queue.stop()
        self.prelabel.stop()
        self.reliability.stop()
        self.check.stop()
        self.faces.stop()
        self.runner.stop()
        self.assist.stop()
        self.coding.close_recording()
        project = self.session.project
        self.session.open_project(None, None)
        if project is not None:
            project.close()
        # What is connected to its signals refers to it in turn, through Qt, where Python's collector
        # does not see the circle: window and all would stay in memory.
        self.session.deleteLater()
        self.window.deleteLater()


class JudgeProgram:
    """A judge's window and what belongs to it: no project, no settings, no name of the study.

    Parameters
    ----------
    folder : pathlib.Path
        Of the study.
    session, judge : str
        Names; empty where the judge is asked.

    Attributes
    ----------
    window, runner, sitting
        The parts.
    """

    def __init__(self, folder: Path, session: str = "", judge: str = "") -> None:
        from hrm_annotator.judging.judge_window import JudgeWindow
        from hrm_annotator.look.focus_ring import FocusRing
        from hrm_annotator.operations.runner import Runner
        from hrm_annotator.wiring.sitting_wiring import SittingWiring

        self.window = JudgeWindow()
        self.focus_ring = FocusRing(self.window)
        self.runner = Runner()
        self.sitting = SittingWiring(self.window, self.runner, folder, session, judge)

    def start(self) -> None:
        """Take the seat, or ask for it."""
        self.sitting.start()

    def close(self) -> None:
        """End threads, give the store back and remove the window."""
        self.focus_ring.stop()
        self.runner.stop()
        self.sitting.stop()
        self.window.deleteLater()

    @staticmethod
    def crash_words(report: str) -> str:
        """What is said of our own mistake; where the report lies is nothing that a judge needs."""
        from hrm_annotator.language import tr

        return tr("The program made a mistake. All answers up to the last one are on disk: start it again.")


def _wanted_seat(options: argparse.Namespace) -> tuple[Path, str, str] | None:
    """What ``--rate`` asks for; None without it."""
    return None if options.rate is None else (options.rate, options.session, options.judge)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="hrm-annotator", description="Code facial action units frame by frame."
    )
    parser.add_argument("project", nargs="?", type=Path, help="folder of the project to open")
    parser.add_argument(
        "--demo",
        type=Path,
        metavar="FOLDER",
        help="make the synthetic demo study there if it is missing, and open it",
    )
    parser.add_argument(
        "--rate",
        type=Path,
        metavar="PROJECT",
        help="rate the clips of a session of this project, in a window that shows nothing else",
    )
    parser.add_argument("--session", default="", metavar="NAME", help="with --rate: the rating session")
    parser.add_argument("--judge", default="", metavar="NAME", help="with --rate: who rates")
    parser.add_argument("--version", action="version", version=f"hrm-annotator {__version__}")
    return parser.parse_args(arguments[1:])


def _has_display() -> bool:
    """Whether Qt can open a window at all; asking Qt itself would abort the program."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def _without_display(options: argparse.Namespace) -> int:
    """Do what can be done without a screen, and say in one line how to see it."""
    from hrm_core.errors import UserError

    if options.demo is None:
        print("hrm-annotator: there is no display to open a window on.", file=sys.stderr)
        return 1
    from hrm_core.workflows.make_demo import make_demo_if_missing

    try:
        make_demo_if_missing(options.demo)
    except UserError as error:
        print(f"hrm-annotator: {error}", file=sys.stderr)
        return 1
    print(
        f"There is no display: the demo study is in {options.demo}; "
        f"to see it, run hrm-annotator {options.demo} on a computer with a screen."
    )
    return 0
