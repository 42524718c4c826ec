"""Omission checks and submissions: from F12 to what is in the log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QInputDialog

from hrm_annotator.actions.ids import ActionId
from hrm_annotator.language.catalogue import said, tr
from hrm_annotator.main_window import MainWindow
from hrm_annotator.operations import check
from hrm_annotator.operations.check import CheckWalk
from hrm_annotator.operations.runner import Runner
from hrm_annotator.operations.study import words_for
from hrm_annotator.session import Session
from hrm_annotator.wiring.check_keys import CheckKeys
from hrm_annotator.wiring.coding_wiring import CodingWiring
from hrm_core.errors import UserError
from hrm_core.facs import action
from hrm_core.records.check import CheckAnswer, CheckGroup, CheckLog, checked_frames, clip_digest, uncheckable
from hrm_core.records.marks import Marks
from hrm_core.records.recording import Clip
from hrm_core.records.shown_codings import Concealment

if TYPE_CHECKING:
    from hrm_core.workflows.check_clip import SubmissionMark
    from hrm_core.workflows.project import Project

__all__ = ["CheckWiring"]

_LOOK_AGAIN_MS = 250


class CheckWiring(QObject):
    """Runs the check of the clip on the screen, and submits it."""

    def __init__(self, window: MainWindow, session: Session, runner: Runner, coding: CodingWiring) -> None:
        super().__init__(window)
        self._window, self._session, self._runner, self._coding = window, session, runner, coding
        self._walk: CheckWalk | None = None
        self._project: Project | None = None
        self._marks: dict[int, SubmissionMark] = {}
        self._answers: list[CheckAnswer] = []
        self._writing = False
        self._keys = CheckKeys(window, self._key_table())
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_LOOK_AGAIN_MS)
        self._timer.timeout.connect(self._look_for_changes)
        self._connect()

    @property
    def walk(self) -> CheckWalk | None:
        """The check that is under way; None if none is."""
        return self._walk

    def stop(self) -> None:
        """End the check on the screen; what was answered is kept."""
        self._timer.stop()
        self._end()
        if self._answers and self._project is not None:
            # No worker takes anything on any more.
            with suppress(UserError):
                check.write_answers(self._project, self._answers, self._coding.written)
            self._answers = []

    def _connect(self) -> None:
        session, window, pane = self._session, self._window, self._window.check
        actions = window.actions_by_id
        actions[ActionId.CHECK_CLIP].triggered.connect(lambda _=False: self._toggle())
        actions[ActionId.SUBMIT_CLIP].triggered.connect(lambda _=False: self._submit())
        actions[ActionId.TAKE_BACK_SUBMISSION].triggered.connect(lambda _=False: self._take_back())
        window.back_to_check.clicked.connect(self._resume)
        pane.wanted.connect(self._on_wanted)
        pane.group_wanted.connect(self._go_to_group)
        pane.leave_wanted.connect(self._end)
        pane.submit_wanted.connect(self._submit)
        session.frame_changed.connect(self._on_frame_changed)
        session.frames_changed.connect(lambda _: self._timer.start())
        session.recording_changed.connect(self._end)
        session.project_changed.connect(self._read_marks)
        session.clips_changed.connect(self._on_clips_changed)
        session.undo_changed.connect(self._hide_undo_words)

    # -- coming and going ------------------------------------------------------------------

    def _toggle(self) -> None:
        if self._walk is None:
            self._begin()
        elif self._session.checking:
            self._end()
        else:
            self._resume()

    def _begin(self) -> None:
        session, clip = self._session, self._clip_here()
        project, rater, recording = session.project, session.rater, session.recording
        if clip is None or project is None or rater is None or recording is None:
            return
        if self._writing:
            # The last answers of a check that was just left are on their way: read them too.
            QTimer.singleShot(_LOOK_AGAIN_MS // 5, self._begin)
            return
        self._window.player.transport.stop()
        self._window.coding.commit_note()

        def show(found: tuple[tuple[CheckGroup, ...], CheckLog, bool]) -> None:
            groups, log, hides = found
            here = session.recording
            # Another coder may sit here by now, with a check of their own.
            same = session.project is project and session.rater == rater
            if self._walk is None and same and here is not None and here.id == recording.id:
                self._project = project
                self._walk = CheckWalk(clip, rater.id, groups, log, session.shown.truth, hides=hides)
                self._window.show_message("")
                self._go_to_group(self._walk.place)

        written = self._coding.written
        self._runner.run(
            lambda: check.begin(project, rater, recording, clip, written), show, self._on_failure
        )

    def _resume(self) -> None:
        """Go on asking, after codes were changed."""
        if self._walk is not None:
            self._window.coding.commit_note()
            self._walk.look()
            self._ask()

    def _ask(self) -> None:
        """Show the pane with the group as it stands, and hide what is not to be seen."""
        walk, window, session = self._walk, self._window, self._session
        if walk is None:
            return
        session.checking = True
        hidden = walk.standing.concealed
        if hidden:
            # A range can be the run of an action that is to be found again.
            session.mark(Marks())
        first, last = walk.frames[0], walk.frames[-1]
        session.conceal(Concealment(first, last, hidden) if hidden else None)
        # The action that was coded last would stand out in the timeline though nothing of it shows.
        window.coding.choose_nothing()
        window.timeline.show_chosen(None)
        window.check.show_check(walk.clip, walk.standing, walk.place, walk.unseen)
        window.show_side(window.check)
        window.back_to_check.hide()
        self._keys.listen(True)
        window.check.setFocus()

    def _end(self) -> None:
        """Leave the check; its answers are kept, and F12 goes on with it."""
        self._keys.listen(False)
        self._session.checking = False
        self._window.back_to_check.hide()
        if self._walk is None:
            return
        self._walk = None
        self._window.player.transport.stop()
        self._session.conceal(None)
        self._window.show_side(None)
        self._window.player.current.setFocus()

    # -- groups and answers ------------------------------------------------------------------

    def _go_to_group(self, place: int) -> None:
        walk = self._walk
        if walk is None:
            return
        walk.go_to_group(place, self._session.frame)
        self._ask()
        if not walk.group.is_settled:
            self._loop()
        opened = [entry.key for entry in walk.group.actions if not entry.is_settled]
        if opened:
            self._window.check.choose(opened[0])

    def _play(self) -> None:
        transport = self._window.player.transport
        if transport.playing:
            transport.stop()
        else:
            self._loop()

    def _loop(self) -> None:
        walk, transport = self._walk, self._window.player.transport
        if walk is None:
            return
        if len(walk.frames) > 1:
            transport.loop(walk.frames[0], walk.frames[-1])
        else:
            transport.go_to(walk.frames[0])

    def _on_frame_changed(self, frame: int) -> None:
        walk = self._walk
        if walk is None or not self._session.checking or not walk.see(frame):
            return
        if walk.unseen:
            self._window.check.show_seen(walk.unseen, len(walk.frames))
        else:
            # From now on answers are taken.
            self._window.check.show_check(walk.clip, walk.standing, walk.place, ())

    def _on_wanted(self, key: str, wish: str) -> None:
        walk = self._walk
        if walk is None or not self._session.checking:
            return
        if wish == "change":
            self._change(key)
        elif walk.unseen:
            self._session.refused.emit(
                tr("Watch the whole clip for this region first: {words}", words=self._window.check.seen_words)
            )
        elif wish == "remove":
            self._remove(key)
        else:
            self._answer(key, present=wish == "present")

    def _change(self, key: str) -> None:
        """Let the coder code one action; the check waits."""
        walk, window = self._walk, self._window
        if walk is None:
            return
        runs = walk.standing.of(key).runs
        window.player.transport.stop()
        self._keys.listen(False)
        self._session.checking = False
        window.show_side(None)
        window.back_to_check.setText(tr("Back to the check of {name} (F12)", name=_named(key)))
        window.back_to_check.show()
        window.player.current.setFocus()
        window.coding.choose(key)
        frame = self._session.frame
        if runs and not any(frame is not None and run.first <= frame <= run.last for run in runs):
            window.player.transport.go_to(runs[0].first)

    def _remove(self, key: str) -> None:
        walk, session = self._walk, self._session
        if walk is None or not session.can_code:
            return
        truth = session.shown.truth
        edit = {
            frame: truth[frame].with_code(key, 0)
            for frame in walk.frames
            if frame in truth and truth[frame].code_of(key)
        }
        session.edit_frames(edit, f"{_named(key)} removed in the check")
        walk.look()
        self._answer(key, present=False)

    def _answer(self, key: str, *, present: bool) -> None:
        walk = self._walk
        if walk is None:
            return
        try:
            self._answers += walk.answer(key, present=present)
        except UserError as error:
            self._session.refused.emit(said(str(error)))
            return
        self._write()
        self._go_on(key)

    def _go_on(self, key: str) -> None:
        """After an answer: the next open action, the next open group, or the end."""
        walk = self._walk
        if walk is None:
            return
        if walk.group.is_settled and (following := walk.next_open()) is not None:
            self._go_to_group(following)
            return
        if walk.standing.is_complete:
            self._window.player.transport.stop()
            self._note_checked()
        self._ask()
        group = walk.group
        keys = [entry.key for entry in group.actions]
        behind = group.actions[keys.index(key) + 1 :] + group.actions[: keys.index(key) + 1]
        waiting = [
            entry.key
            for entry in behind
            if not entry.is_settled and (group.is_revealed or entry.verdict is None)
        ]
        if waiting:
            self._window.check.choose(waiting[0])
        elif walk.standing.is_complete:
            words = tr("Every action is answered: Ctrl+F12 submits the clip.")
            self._window.show_message(words, outlasts_frame=True)

    def _note_checked(self) -> None:
        """Write that the frames were checked, as an edit like any other."""
        walk = self._walk
        clip = walk.clip if walk is not None else self._clip_here()
        if clip is None:
            return
        frames = range(clip.first_frame, clip.last_frame + 1)
        edit = checked_frames(self._session.shown.truth, frames)
        if edit:
            self._session.edit_frames(dict(edit), "checked")

    def _write(self) -> None:
        """Write what was answered, one batch after the other."""
        # Of the study they were given in, which may be closed by now.
        project = self._project
        if self._writing or not self._answers or project is None:
            return
        batch, self._answers, self._writing = self._answers, [], True
        written = self._coding.written

        def failed(error: UserError) -> None:
            self._writing = False
            self._answers.clear()
            self._end()
            self._on_failure(error)

        def done(_: object) -> None:
            self._writing = False
            self._write()

        self._runner.run(lambda: check.write_answers(project, batch, written), done, failed)

    # -- submitting --------------------------------------------------------------------------

    def _submit(self) -> None:
        session, walk = self._session, self._walk
        clip = walk.clip if walk is not None else self._clip_here()
        project, rater, recording = session.project, session.rater, session.recording
        if clip is None or project is None or rater is None or recording is None:
            return
        if walk is not None and (missing := walk.look().missing):
            self._tell_missing(walk, missing)
            return
        if self._writing:
            # The answers it stands on are on their way: ask again when they are there.
            QTimer.singleShot(_LOOK_AGAIN_MS // 5, self._submit)
            return
        if walk is not None:
            self._note_checked()

        def show(marks: dict[int, SubmissionMark]) -> None:
            if session.project is not project or session.rater != rater:
                return
            if self._walk is None or self._walk.clip.id == clip.id:
                self._end()
            self._show_marks(marks)
            self._window.show_message(
                tr("Clip {number} is submitted.", number=clip.number), outlasts_frame=True
            )

        def failed(error: UserError) -> None:
            self._go_to_first_missing(clip)
            self._on_failure(error)
            self._window.keep_message()

        written = self._coding.written
        self._runner.run(lambda: check.submit(project, rater, recording, clip, written), show, failed)

    def _tell_missing(self, walk: CheckWalk, missing: tuple[str, ...]) -> None:
        """Say what keeps the clip from being submitted, and go to the first of it."""
        self._go_to_group(walk.place_of(missing[0]))
        self._window.check.choose(missing[0])
        words = tr(
            "Clip {number} cannot be submitted yet: no answer for {names}.",
            number=walk.clip.number,
            names=", ".join([*map(_named, missing[:4]), *(["…"] if len(missing) > 4 else [])]),
        )
        self._session.refused.emit(words)
        self._window.keep_message()

    def _go_to_first_missing(self, clip: Clip) -> None:
        frames = range(clip.first_frame, clip.last_frame + 1)
        left = uncheckable(self._session.shown.truth, frames)
        if left:
            self._window.player.transport.go_to(min(frame for found in left.values() for frame in found))
        elif clip.id not in self._marks or self._marks[clip.id].changed_since:
            self._begin()

    def _take_back(self) -> None:
        session, clip = self._session, self._clip_here()
        project, rater, recording = session.project, session.rater, session.recording
        if clip is None or project is None or rater is None or recording is None:
            return
        self._window.player.transport.stop()
        reason, accepted = QInputDialog.getText(
            self._window, tr("Take the submission back"), tr("Why? The log keeps the reason.")
        )
        if not accepted:
            return

        def show(marks: dict[int, SubmissionMark]) -> None:
            if session.project is not project or session.rater != rater:
                return
            self._show_marks(marks)
            self._window.show_message(tr("Clip {number} is not submitted any more.", number=clip.number))

        self._runner.run(
            lambda: check.take_back(project, rater, recording, clip, reason), show, self._on_failure
        )

    # -- what is submitted ---------------------------------------------------------------------

    def _read_marks(self) -> None:
        project, rater = self._session.project, self._session.rater
        # What another coder submitted is nobody's business here.
        self._show_marks({})
        if project is None or rater is None:
            return

        def show(marks: dict[int, SubmissionMark]) -> None:
            if self._session.project is project and self._session.rater == rater:
                self._show_marks(marks)

        self._runner.run(lambda: check.read_marks(project, rater), show, self._on_failure)

    def _show_marks(self, marks: dict[int, SubmissionMark]) -> None:
        self._marks = marks
        self._window.tree.show_submissions({number: mark.changed_since for number, mark in marks.items()})

    def _look_for_changes(self) -> None:
        """Say of submitted clips of the open recording whether they were changed since."""
        marks = dict(self._marks)
        for clip in self._session.clips:
            mark = marks.get(clip.id)
            if mark is not None:
                frames = range(clip.first_frame, clip.last_frame + 1)
                changed = clip_digest(self._session.shown.truth, frames) != mark.digest
                if changed is not mark.changed_since:
                    marks[clip.id] = mark.with_change(changed)
        if marks != self._marks:
            self._show_marks(marks)

    def _on_clips_changed(self) -> None:
        walk = self._walk
        now = {clip.id: (clip.first_frame, clip.last_frame) for clip in self._session.clips}
        if walk is not None and now.get(walk.clip.id) != (walk.frames[0], walk.frames[-1]):
            self._end()
        if self._marks:
            self._read_marks()

    # -- small things ----------------------------------------------------------------------------

    def _clip_here(self) -> Clip | None:
        """The clip around the frame on the screen; says so if there is none."""
        frame = self._session.frame
        for clip in sorted(self._session.clips, key=lambda clip: clip.is_nowhere):
            if frame is not None and clip.first_frame <= frame <= clip.last_frame:
                return clip
        self._session.refused.emit(tr("This frame is in no clip: only clips are checked and submitted."))
        return None

    def _hide_undo_words(self) -> None:
        """Undo tells and touches what was coded; while codes are hidden it does not."""
        hides = self._session.shown.concealment is not None
        for name, words in ((ActionId.UNDO, tr("&Undo")), (ActionId.REDO, tr("&Redo"))):
            entry = self._window.actions_by_id[name]
            entry.setEnabled(not hides and self._session.recording is not None)
            if hides:
                entry.setText(words)

    def _on_failure(self, error: UserError) -> None:
        self._session.refused.emit(said(words_for(error, self._session.project, self._session.rater)))

    def _key_table(self) -> dict[str, Callable[[], object]]:
        pane = self._window.check

        def ask(wish: str) -> None:
            if not pane.ask(wish):
                self._session.refused.emit(_NOT_ON_OFFER[wish]())

        return {
            "1": lambda: ask("present"),
            "Return": lambda: ask("present"),
            "Enter": lambda: ask("present"),
            "0": lambda: ask("absent"),
            "C": lambda: ask("change"),
            "X": lambda: ask("remove"),
            "Up": lambda: pane.choose_next(-1),
            "Down": lambda: pane.choose_next(1),
            "PgUp": lambda: pane.turn(-1),
            "PgDown": lambda: pane.turn(1),
            "Space": self._play,
            "Esc": self._end,
        }


_NOT_ON_OFFER: Mapping[str, Callable[[], str]] = {
    "present": lambda: tr("It is not coded in this clip: 0 says that it is absent, C codes it."),
    "absent": lambda: tr("It is coded in this clip: 1 says that it is right, C changes it, X removes it."),
    "change": lambda: tr("Its codes are hidden until every action of the region is judged: 1 or 0."),
    "remove": lambda: tr("There is nothing to remove."),
}


def _named(key: str) -> str:
    return f"{action(key).kind}{action(key).label}"
