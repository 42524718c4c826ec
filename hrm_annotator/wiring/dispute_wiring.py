"""Disputed frames: from one to the next, and from a key to a decision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from hrm_annotator.actions.ids import ActionId
from hrm_annotator.itemmodels.disputes import RunKey, key_of, where_words
from hrm_annotator.language import tr, trn
from hrm_annotator.language.words import code_words, impossible_words
from hrm_annotator.main_window import MainWindow
from hrm_annotator.operations import reliability
from hrm_annotator.operations.reliability import Contents, Disputed, SideBySide, Wish
from hrm_annotator.operations.runner import Runner
from hrm_annotator.operations.study import words_for
from hrm_annotator.reports.dispute_pane import CODE_KEYS
from hrm_annotator.session import Session
from hrm_annotator.wiring.coding_wiring import CodingWiring
from hrm_annotator.wiring.decision_writer import Act, DecisionWriter
from hrm_annotator.wiring.dispute_keys import DisputeKeys
from hrm_core.errors import UserError
from hrm_core.facs import action
from hrm_core.records.adjudication import Dispute
from hrm_core.records.agreement import Disagreement

__all__ = ["DisputeWiring"]

Purpose: TypeAlias = tuple[Wish, int, str, int, int, int, bool]
"""What a reason was given for: codings, recording, action, both codes, what holds, only one frame."""


class DisputeWiring(QObject):
    """Walks from one disputed run to the next, and has decisions written.

    A reason stays in its line for the next decision of the same kind: same recording, action
    and codes, same answer, and the whole run or one frame as before.  For any other decision
    it is only proposed: Return takes it, typing replaces it.
    """

    table_wanted = Signal()
    """Back to the table of agreement."""
    needs_wish = Signal()
    """Nobody has said yet which codings are compared."""
    decided = Signal()
    """Something was decided, or taken back."""

    def __init__(self, window: MainWindow, session: Session, runner: Runner, coding: CodingWiring) -> None:
        super().__init__(window)
        self._window, self._session, self._runner, self._coding = window, session, runner, coding
        self._pane = window.disputes
        self._wish: Wish | None = None
        self._contents = Contents((), {})
        self._disputed: Disputed | None = None
        self._sides: SideBySide | None = None
        self._writer = DecisionWriter(runner, self)
        self._done: list[Act] = []
        self._asked: tuple[int, bool, RunKey, int] | None = None
        self._last: tuple[str, Purpose] | None = None
        self._looks = self._side_looks = 0
        self._on = False
        self._keys = DisputeKeys(window, self._key_table())
        self._connect()

    @property
    def is_on(self) -> bool:
        """Whether disputed frames are shown in the place of the codes."""
        return self._on

    def stop(self) -> None:
        """Leave, and write what was decided and is not on disk yet."""
        self._end()
        # The window is gone: nobody could answer an error, and the run stays open.
        self._writer.finish()

    def _connect(self) -> None:
        session, window, pane, actions = self._session, self._window, self._pane, self._window.actions_by_id
        handlers: dict[ActionId, Callable[[], object]] = {
            ActionId.DISPUTES: self._toggle,
            ActionId.NEXT_DISPUTE: lambda: self._step_or_begin(1),
            ActionId.PREVIOUS_DISPUTE: lambda: self._step_or_begin(-1),
        }
        for name, handler in handlers.items():
            actions[name].triggered.connect(lambda _=False, handler=handler: handler())
        pane.dispute_wanted.connect(self._go_to)
        pane.decision_wanted.connect(self._decide)
        pane.take_back_wanted.connect(self._take_back)
        pane.leave_wanted.connect(self._end)
        pane.table_wanted.connect(self.table_wanted)
        pane.agreed_wanted.connect(self._take_agreed)
        pane.reason_given.connect(self._on_reason)
        pane.reason_left.connect(self._ask_no_more)
        self._writer.failed.connect(self._on_not_written)
        self._writer.advanced.connect(self._on_written)
        window.side_shown.connect(self._on_side)
        session.frame_changed.connect(lambda _: self._show_frame())
        session.range_changed.connect(self._show_run)
        session.frames_changed.connect(lambda _: self._on_coded())
        session.recording_changed.connect(self._on_recording_changed)
        session.project_changed.connect(self._forget)

    # -- coming and going ----------------------------------------------------------------------

    def begin(self, wish: Wish, contents: Contents, key: str = "") -> None:
        """Show the disputed frames of two codings, of one action or of all."""
        session, window = self._session, self._window
        if session.checking:
            session.may_code()
            return
        if session.shown.concealment is not None or not window.back_to_check.isHidden():
            # It waits while an action is coded, and what it hides stands in both codings.
            session.refused.emit(tr("A check is waiting: F12 goes back to it."))
            return
        window.player.transport.stop()
        window.coding.commit_note()
        if wish != self._wish:
            self._done.clear()
        self._wish, self._contents, self._disputed, self._sides = wish, contents, None, None
        names = (self._readable(wish.first.label), self._readable(wish.second.label))
        self._pane.start(names, key, can_decide=contents.can_decide(wish), sides=wish.tells_sides)
        self._on = session.deciding = True
        window.coding.choose_nothing()
        window.show_side(self._pane)
        self._keys.listen(True)
        self._pane.setFocus()
        self._read()
        self._read_sides()

    def _toggle(self) -> None:
        if self._on:
            self._end()
        else:
            self._step_or_begin(0)

    def _step_or_begin(self, steps: int) -> None:
        if self._on and steps:
            self._step(steps)
        elif self._wish is None:
            self.needs_wish.emit()
        elif not self._on:
            self.begin(self._wish, self._contents, str(self._pane.kind.currentData() or ""))

    def _end(self) -> None:
        if not self._on:
            return
        self._leave()
        self._window.show_side(None)
        self._window.player.current.setFocus()

    def _leave(self) -> None:
        self._on = self._session.deciding = False
        self._asked = None
        self._keys.listen(False)
        self._show_run()

    def _on_side(self, pane: object) -> None:
        if self._on and pane is not self._pane:
            self._leave()

    def _on_recording_changed(self) -> None:
        self._sides = None
        if self._on:
            self._read_sides()
            self._show_run()

    def _forget(self) -> None:
        """What one coder was shown is not for the next one; what they decided is theirs, and is written."""
        self._end()
        self._wish, self._disputed, self._contents, self._sides = None, None, Contents((), {}), None
        self._looks += 1
        self._side_looks += 1
        self._done.clear()
        self._last = None
        self._pane.forget()
        if (error := self._writer.finish()) is not None:
            self._on_failure(error)
            self._window.keep_message()

    # -- what there is ----------------------------------------------------------------------------

    def _read(self, then: Callable[[], None] | None = None) -> None:
        """Read anew where the two differ."""
        project, rater, wish = self._session.project, self._session.rater, self._wish
        if project is None or rater is None or wish is None:
            return
        self._looks += 1
        mine, written = self._looks, self._coding.written

        def show(found: Disputed) -> None:
            if mine == self._looks and self._session.project is project and self._session.rater == rater:
                first_time, self._disputed = self._disputed is None, found
                self._refresh()
                if first_time and self._on:
                    self._go_to_first()

        self._runner.run(lambda: reliability.disputed(project, rater, wish, written), show, self._on_failure)

    def _read_sides(self) -> None:
        """Read what both say of the open recording."""
        project, rater, wish = self._session.project, self._session.rater, self._wish
        recording = self._session.recording
        if project is None or rater is None or wish is None or recording is None:
            return
        self._side_looks += 1
        mine = self._side_looks

        def show(found: SideBySide) -> None:
            # Of two workers the one that was asked later may answer earlier.
            if mine == self._side_looks and self._session.project is project and self._session.rater == rater:
                self._sides = found
                self._show_frame()

        self._runner.run(
            lambda: reliability.both_codings(project, rater, wish, recording), show, self._on_failure
        )

    def _on_coded(self) -> None:
        rater = self._session.rater
        if self._on and self._wish is not None and rater is not None and rater.name in self._wish.names:
            self._read()
            self._read_sides()

    def _refresh(self) -> None:
        if self._disputed is not None:
            waiting = {key_of(act.run) for act in self._writer.waiting if act.wish == self._wish}
            self._pane.show_disputes(self._disputed, waiting)
        self._show_frame()
        self._show_run()

    def _show_frame(self) -> None:
        frame, recording = self._session.frame, self._session.recording
        if self._on and frame is not None:
            self._pane.show_frame(frame, recording.id if recording else None, self._sides)

    def _show_run(self) -> None:
        """Show the chosen run in the timeline: dashed, as it is nobody's codes; else what is marked."""
        current, recording, marks = self._pane.current, self._session.recording, self._session.marks
        run = None if current is None or not self._on else current.disagreement
        if run is not None and recording is not None and recording.id == run.video_id:
            self._window.timeline.show_range(run.first_frame, run.last_frame, run.action)
        else:
            self._window.timeline.show_marks(marks)

    # -- going there --------------------------------------------------------------------------------

    def _go_to_first(self) -> None:
        """The first open run at or behind the frame on the screen, else the first open one, else any."""
        runs = self._pane.listed()
        if not runs:
            self._window.show_message(tr("Nothing is disputed here."))
            return
        here = self._session.recording
        frame = self._session.frame or 0
        ahead = [
            one
            for one in runs
            if here is not None
            and one.disagreement.video_id == here.id
            and one.disagreement.last_frame >= frame
        ]
        ordered = [*ahead, *runs]
        self._go_to(next((one for one in ordered if self._pane.is_open(one)), ordered[0]))

    def _go_to(self, dispute: Dispute, frame: int | None = None) -> None:
        self._asked = None
        self._pane.choose(dispute)
        self._show_run()
        first = dispute.disagreement.first_frame
        self._go_to_frame(dispute, first if frame is None else max(first, frame))

    def _go_to_frame(self, dispute: Dispute, frame: int) -> None:
        run = dispute.disagreement
        self._window.player.transport.stop()
        recording = self._session.recording
        if recording is not None and recording.id == run.video_id:
            self._window.player.transport.go_to(frame)
        elif run.video_id in self._contents.recordings:
            self._coding.open_recording(self._contents.recordings[run.video_id][1], None, frame)
        else:
            self._session.refused.emit(
                tr("This recording came in after the numbers were asked for: look at the numbers again.")
            )
        self._show_frame()

    def _step(self, steps: int) -> None:
        following = self._pane.following(steps)
        if following is None:
            self._window.show_message(tr("Nothing is disputed here."))
        else:
            self._go_to(following)

    def _step_frame(self, steps: int) -> None:
        """The next disputed frame: of this run, or of the one behind it."""
        current, frame = self._pane.current, self._session.frame
        if current is None or frame is None:
            self._step(steps)
            return
        run, recording = current.disagreement, self._session.recording
        inside = recording is not None and recording.id == run.video_id
        if inside and run.first_frame <= frame + steps <= run.last_frame:
            self._go_to_frame(current, frame + steps)
            return
        following = self._pane.following(steps)
        if following is not None:
            self._asked = None
            self._pane.choose(following)
            self._show_run()
            run = following.disagreement
            self._go_to_frame(following, run.first_frame if steps > 0 else run.last_frame)

    # -- deciding -------------------------------------------------------------------------------------

    def _press(self, key: str, *, only_frame: bool) -> None:
        code = self._pane.code_for(key)
        if code is None:
            self._session.refused.emit(tr("Nothing is disputed here."))
        else:
            self._decide(code, only_frame)

    def _decide(self, code: int, only_frame: bool, *, reason_is_meant: bool = False) -> None:
        current, session = self._pane.current, self._session
        if current is None or self._wish is None:
            return
        run = current.disagreement
        entry = action(run.action)
        if not self._contents.can_decide(self._wish):
            session.refused.emit(tr("Only what two raters disagree about is decided here."))
            return
        if run.action in session.closed_actions:
            session.refused.emit(session.closed_words(run.action))
            return
        if code not in (run.first_code, run.second_code) and not entry.allows(code):
            session.refused.emit(impossible_words(entry, code))
            return
        frame = session.frame
        here = session.recording is not None and session.recording.id == run.video_id
        if frame is None or not here or not run.first_frame <= frame <= run.last_frame:
            # Nobody decides about what they do not look at.
            session.refused.emit(tr("Look at a frame of the run first: Page Down goes there."))
            return
        if session.withheld:
            session.refused.emit(
                tr("The picture of frame {frame} is withheld: nothing is decided about it.", frame=frame)
            )
            return
        reason = self._pane.reason.text().strip()
        purpose = (self._wish, run.video_id, run.action, run.first_code, run.second_code, code, only_frame)
        kept = self._last is not None and self._last[0] == reason and self._last[1] != purpose
        if not reason or (kept and not reason_is_meant):
            self._asked = (code, only_frame, key_of(run), frame)
            session.refused.emit(
                tr("Does this reason hold here, too? Return takes it, or write another one.")
                if reason
                else tr("Why does this hold? Write the reason, then press Return.")
            )
            self._pane.ask_reason()
            return
        self._asked, self._last = None, (reason, purpose)
        act = self._act(run, code, reason, frame if only_frame and len(run) > 1 else None)
        self._done.append(act)
        self._writer.add(act)
        self._refresh()
        words = code_words(entry, code)
        where = where_words(run) if act.frame is None else tr("frame {frame}", frame=frame)
        self._window.show_message(
            tr("{action} is {code}: {where}.", action=f"{entry.kind}{entry.label}", code=words, where=where),
            outlasts_frame=True,
        )
        if act.frame is None:
            self._go_on()

    def _on_reason(self) -> None:
        """Decide what the reason was asked for, unless something else is looked at by now."""
        asked, current = self._asked, self._pane.current
        if asked is None:
            # Whoever presses Return on a kept reason means it for what comes next.
            self._last = None
        if asked is None or current is None or not self._pane.reason.text().strip():
            return
        code, only_frame, key, frame = asked
        self._asked = None
        if key_of(current.disagreement) == key and (not only_frame or frame == self._session.frame):
            self._decide(code, only_frame, reason_is_meant=True)
        else:
            self._session.refused.emit(tr("Another frame is shown by now: decide again."))

    def _ask_no_more(self) -> None:
        self._asked = None

    def _go_on(self) -> None:
        following = self._pane.following(1, only_open=True)
        if following is not None:
            self._go_to(following)
        else:
            self._window.show_message(tr("All listed runs are decided."), outlasts_frame=True)

    def _take_back(self) -> None:
        """Undo the last decision of this sitting, else take back the one on the chosen run."""
        current = self._pane.current
        if self._done:
            act = self._done.pop()
        elif current is not None and current.decision is not None and self._wish is not None:
            act = self._act(current.disagreement, None)
        else:
            self._session.refused.emit(tr("There is no decision to take back."))
            return
        if act.code is None or not self._writer.drop(act):
            undoes = None if act.code is None else act
            self._writer.add(replace(act, code=None, reason="", undoes=undoes, before=[]))
        self._refresh()
        run = act.run if act.frame is None else replace(act.run, first_frame=act.frame, last_frame=act.frame)
        self._window.show_message(tr("Taken back: {where}.", where=where_words(run)), outlasts_frame=True)
        again = [one for one in self._pane.listed() if _overlap(one.disagreement, run)]
        if again:
            self._go_to(again[0], run.first_frame)

    def _act(self, run: Disagreement, code: int | None, reason: str = "", frame: int | None = None) -> Act:
        project, rater, wish = self._session.project, self._session.rater, self._wish
        assert project is not None
        assert rater is not None
        assert wish is not None
        return Act(project, rater, wish, run, code, reason, frame)

    def _on_written(self) -> None:
        if self._on and not self._writer.waiting:
            self._read()
            self._read_sides()
        self.decided.emit()

    def _on_not_written(self, error: UserError, lost: Sequence[Act]) -> None:
        self._done = [one for one in self._done if one not in lost]
        # It may be long until the list can be read again.
        self._refresh()
        self._on_failure(error)
        self._window.keep_message()

    def _take_agreed(self) -> None:
        project, rater, wish = self._session.project, self._session.rater, self._wish
        if project is None or rater is None or wish is None or not self._contents.can_decide(wish):
            return

        def show(frames: int) -> None:
            self._window.show_message(
                trn(
                    "{count} frame on which both agree is in the consensus now.",
                    "{count} frames on which both agree are in the consensus now.",
                    frames,
                ),
                outlasts_frame=True,
            )
            self._read_sides()

        self._runner.run(lambda: reliability.take_agreed(project, rater, wish), show, self._on_failure)

    # -- small things -----------------------------------------------------------------------------------

    def _readable(self, words: str) -> str:
        return words_for(words, self._session.project, self._session.rater)

    def _on_failure(self, error: UserError) -> None:
        QApplication.beep()
        self._window.show_message(self._readable(str(error)), outlasts_frame=True)

    def _key_table(self) -> dict[str, Callable[[], object]]:
        pane = self._pane
        keys: dict[str, Callable[[], object]] = {
            "Up": lambda: self._step_frame(-1),
            "Down": lambda: self._step_frame(1),
            "PgUp": lambda: self._step(-1),
            "PgDown": lambda: self._step(1),
            ";": pane.ask_reason,
            "Ctrl+Z": self._take_back,
            "Esc": self._end,
        }
        for key in ("1", "2", *CODE_KEYS):
            keys[key] = partial(self._press, key, only_frame=False)
            keys[f"Shift+{key}"] = partial(self._press, key, only_frame=True)
        return keys


def _overlap(one: Disagreement, other: Disagreement) -> bool:
    same = (one.video_id, one.action) == (other.video_id, other.action)
    return same and one.first_frame <= other.last_frame and other.first_frame <= one.last_frame
