"""How many acts (keys and clicks) coding costs, beside the published form, INTERACT and ELAN.

Run with ``make bench`` or ``PYTHONPATH=. python bench/effort.py [FRAMES]``; the
long replay takes some minutes.  ``--assisted`` measures the same hands with a model's
suggestions instead, see ``bench/assisted_effort.py``.  A tireless coder who makes no mistake codes the
ground truth of the synthetic demo study through the event handlers of the real
window; every key it presses is counted, and what lies in the store afterwards is
compared with the truth, frame by frame.  The other tools are counted by rule, each
in its best set-up, from the same sequences:

- form (the published tool): *Submit* for every frame; where the codes change either
  the boxes that change, or *Clear* and all boxes, whichever is less; a one-sided
  action is a click on the side's field and its number typed;
- INTERACT, frame by frame with its FACS set: Space, then two digits, intensity and
  side for every action of every frame;
- ELAN, a tier per action: start of a selection, then per action of that interval a
  double click on its tier, a new annotation and the key of its side, then the
  selection cleared; actions with the same onset and offset share a selection.

Coding acts change labels; viewing acts bring the next picture.  Seconds are those of
the keystroke-level model: a key 0.2, pointing 1.1, pressing or releasing the button
0.1, a hand from keyboard to mouse or back 0.4; thinking is left out for everybody.
"""

from __future__ import annotations

import itertools
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import av
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from hrm_annotator.actions.action_commands import FACE_MAP
from hrm_annotator.app import Program
from hrm_annotator.settings import personal
from hrm_core import demo
from hrm_core.facs import ALL_ACTIONS
from hrm_core.records.coding import CodingState
from hrm_core.workflows.add_participant import add_participant, add_rater
from hrm_core.workflows.add_video import add_clips, add_video
from hrm_core.workflows.project import create_project, open_project

KEY_S, POINT_S, BUTTON_S, HAND_S = 0.2, 1.1, 0.1, 0.4
CLICK_S = POINT_S + 2 * BUTTON_S
CODER = "bench"
KEYS = [entry.key for entry in ALL_ACTIONS]
Codes = NDArray[np.uint8]
NO, CONTROL, SHIFT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)


@dataclass
class Cost:
    """What coding cost: acts by kind, and hands that moved between keyboard and mouse."""

    keys: Counter[str] = field(default_factory=Counter)
    clicks: Counter[str] = field(default_factory=Counter)
    hands: int = 0
    _on_mouse: bool = False

    def key(self, kind: str, times: int = 1) -> None:
        """Press a key."""
        self._hand(mouse=False, times=times)
        self.keys[kind] += times

    def click(self, kind: str, times: int = 1) -> None:
        """Click with the mouse."""
        self._hand(mouse=True, times=times)
        self.clicks[kind] += times

    def _hand(self, *, mouse: bool, times: int) -> None:
        if times and mouse != self._on_mouse:
            self.hands += 1
            self._on_mouse = mouse

    def acts(self, kind: str) -> int:
        """Acts of a kind: coding or viewing."""
        return self.keys[kind] + self.clicks[kind]

    @property
    def seconds(self) -> float:
        """By the keystroke-level model."""
        return self.keys.total() * KEY_S + self.clicks.total() * CLICK_S + self.hands * HAND_S


# -- the other tools, by rule -----------------------------------------------------------


def form(codes: Codes, before: Codes) -> Cost:
    """The published form on the frames of a clip; `before` is what the form still shows."""
    cost, shown = Cost(), before.copy()
    for row in codes:
        changed, present = np.flatnonzero(row != shown), np.flatnonzero(row)
        if len(changed):
            edits, afresh = _form_edits(row, shown, changed), _form_edits(row, 0 * row, present)
            clear = sum(afresh) + 1 < sum(edits)
            clicks, typed = afresh if clear else edits
            cost.click("coding", clicks + clear)
            cost.key("coding", typed)
        cost.click("coding")  # Submit
        cost.click("viewing")  # the viewer
        cost.key("viewing")  # its next picture
        shown = row
    return cost


def _form_edits(row: Codes, shown: Codes, places: NDArray[np.intp]) -> tuple[int, int]:
    """Clicks and typed letters that bring these actions from what is shown to what is seen."""
    clicks = typed = 0
    for place in places:
        for code in {int(row[place]), int(shown[place])} - {0}:
            clicks += 1
            if code > 1:  # the field of a side takes numbers: typed to add one, deleted to take it off
                typed += len(KEYS[place][2:])
    return clicks, typed


def interact(codes: Codes) -> Cost:
    """INTERACT's FACS set, frame by frame."""
    cost = Cost()
    for row in codes:
        cost.key("coding", 1 + 4 * int(np.count_nonzero(row)))  # Space also brings the next picture
    return cost


def elan(codes: Codes) -> Cost:
    """ELAN, an interval at a time."""
    cost, intervals = Cost(), Counter()
    for column in codes.T:
        edges = np.flatnonzero(np.diff(np.concatenate(([0], column, [0])).astype(int)))
        for first, end in itertools.pairwise(edges):
            if column[first]:
                intervals[int(first), int(end)] += 1
    for members in intervals.values():
        cost.key("coding", 2)
        for _ in range(members):
            cost.click("coding")
            cost.key("coding", 2)
    cost.key("viewing", len(codes))
    return cost


# -- our window ----------------------------------------------------------------------


class Hands:
    """Presses the keys of a real window and counts them.

    Attributes
    ----------
    cost : Cost
        Of everything so far.
    spent : Counter of (int, int)
        Coding acts by row of the recording and frame.
    """

    def __init__(self, folder: Path) -> None:
        personal.store(replace(personal.load(), coder=CODER, key_profile="face_map"))
        self.program = Program()
        self.window, self.session = self.program.window, self.program.session
        self.cost = Cost()
        self.row = 0
        self.spent: Counter[tuple[int, int]] = Counter()
        self.window.show()
        self.window.activateWindow()
        self.program.study.open_project(folder)
        self.wait(lambda: self.session.frame is not None)

    def wait(self, condition: Callable[[], bool], patience_s: float = 30) -> None:
        """Let the program run until the condition holds."""
        give_up = time.monotonic() + patience_s
        while not condition():
            QApplication.processEvents()
            time.sleep(0.0002)  # who spins holds up the threads that decode and write
            if time.monotonic() > give_up:
                raise TimeoutError("the window did not do what the key asks for")

    def press(self, kind: str, key: Qt.Key | str, modifier: Qt.KeyboardModifier = NO) -> None:
        """Press a key wherever the keyboard is."""
        QTest.keyClick(QApplication.focusWidget() or self.window, key, modifier)
        self.cost.key(kind)

    def step(self, kind: str, key: Qt.Key, modifier: Qt.KeyboardModifier = NO) -> None:
        """Press a key that leads to the next picture, and wait for it."""
        following = self.session.frame + 1
        self.press(kind, key, modifier)
        self.wait(lambda: self.session.frame == following)

    def toggle(self, place: int) -> None:
        """Switch an action on or off by its letter."""
        stroke = FACE_MAP[KEYS[place]]
        self.press("coding", stroke[-1].lower(), SHIFT if stroke.startswith("Shift") else NO)

    def change(self, place: int, old: int, new: int) -> None:
        """Bring an action from one code to another."""
        self.toggle(place)
        # With a code before, its letter took it off, and the digit alone brings it back.
        if (old and new) or new > 1:
            self.press("coding", str(new))

    def code_clip(self, codes: Codes) -> None:
        """Code a clip from its first frame, which is on the screen, with codes carried on."""
        shown: Codes | None = None
        for row in codes[:-1]:
            frame, before = self.session.frame, self.cost.acts("coding")
            if self._code_frame(row, shown):
                self.step("coding", Qt.Key.Key_Return, SHIFT)
            else:
                self.step("viewing", Qt.Key.Key_Right)
            self.spent[self.row, frame] = self.cost.acts("coding") - before
            shown = row
        before = self.cost.acts("coding")
        for action in np.flatnonzero(codes[-1] != (0 * codes[-1] if shown is None else shown)):
            self.change(int(action), 0 if shown is None else int(shown[action]), int(codes[-1][action]))
        self.press("coding", Qt.Key.Key_Return)
        self.spent[self.row, self.session.frame] = self.cost.acts("coding") - before

    def _code_frame(self, row: Codes, shown: Codes | None) -> bool:
        """Make the codes on the screen those of the truth; whether "no action, go on" is still to say it."""
        before = np.zeros_like(row) if shown is None else shown
        changed = np.flatnonzero(row != before)
        if not row.any() and (shown is None or len(changed) > 1):
            return True
        for action in changed:
            self.change(int(action), int(before[action]), int(row[action]))
        return False

    def open_recording(self, row: int) -> None:
        """Open the recording of the participant in this row of the list."""
        self.row = row
        model = self.window.tree.model
        recording, _ = model.recording_at(model.index(0, 0, model.index(row, 0)))
        self.window.tree.recording_wanted.emit(recording, None)
        self.wait(lambda: self.session.recording == recording and self.session.frame is not None)

    def go_to(self, frame: int) -> None:
        """Go to a frame without counting: which clip comes next is the same question in every tool."""
        self.window.player.transport.go_to(frame)
        self.wait(lambda: self.session.frame == frame)

    def finish(self) -> None:
        """Wait until everything is on disk, and close."""
        writer = self.program.coding._writer
        self.wait(lambda: writer is None or writer.pending == 0)
        self.program.close()


def write_film(path: Path, frames: int) -> None:
    """A small synthetic film; what it shows does not matter here."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream(
            "libx264", rate=30, options={"preset": "ultrafast", "x264-params": "keyint=30"}
        )
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 30)
        for number in range(frames):
            picture = np.full((64, 96, 3), number % 200 + 20, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 30)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())


def make_study(folder: Path, films: list[tuple[int, list[tuple[int, int]]]]) -> Path:
    """A study of films with so many frames and these clips."""
    with create_project(folder, name="Effort (synthetic)", groups=("A", "B")) as project:
        for number, (frames, clips) in enumerate(films, start=1):
            path = folder.parent / f"film-{number}.mp4"
            write_film(path, frames)
            add_participant(project, str(number), group="A")
            add_clips(project, add_video(project, str(number), path, name=f"film-{number}"), clips)
    return folder


def stored(folder: Path, participant: str, frames: int) -> tuple[Codes, set[CodingState]]:
    """What the store holds: codes of every frame, and the states of coded ones."""
    codes = np.zeros((frames, len(KEYS)), np.uint8)
    with open_project(folder) as project:
        _, recording = next(project.recordings(participant))
        found = project.store.codings.of_video(add_rater(project, CODER).id, recording.id)
    for frame, coding in found.items():
        for entry in coding.codes:
            codes[frame, KEYS.index(entry.action)] = entry.code
    return codes, {coding.state for coding in found.values()}


# -- the two tasks ---------------------------------------------------------------------


def four_actions(folder: Path) -> None:
    """One frame, and thirty alike: four actions, one of them on the left only."""
    wanted = np.zeros((30, len(KEYS)), np.uint8)
    for key, code in {"AU1": 1, "AU2": 1, "AU12": 2, "AU25": 1}.items():
        wanted[:, KEYS.index(key)] = code
    before = np.zeros(len(KEYS), np.uint8)
    before[KEYS.index("AU4")] = 1
    make_study(folder, [(80, [(0, 29), (40, 69)])])
    hands = Hands(folder)
    for action in np.flatnonzero(wanted[0]):
        hands.change(int(action), 0, int(wanted[0, action]))
    hands.step("coding", Qt.Key.Key_Return)
    one, hands.cost = hands.cost, Cost()
    hands.go_to(40)
    hands.press("coding", "'", SHIFT)
    hands.code_clip(wanted)
    run = hands.cost
    hands.finish()
    codes, states = stored(folder, "1", 80)
    assert (codes[0] == wanted[0]).all()
    assert (codes[40:70] == wanted).all()
    assert states == {CodingState.CODED}
    print("four actions, one of them on the left only (coding acts, viewing acts, model seconds)")
    for name, short, long in (
        ("HRM Annotator, face map", one, run),
        ("published form", form(wanted[:1], before), form(wanted, before)),
        ("INTERACT, frame by frame", interact(wanted[:1]), interact(wanted)),
        ("ELAN, intervals", elan(wanted[:1]), elan(wanted)),
    ):
        cells = [f"{c.acts('coding'):4d} {c.acts('viewing'):4d} {c.seconds:7.1f} s" for c in (short, long)]
        print(f"  {name:26} one frame {cells[0]}   thirty frames {cells[1]}")
    print("  aims: at most 6 for one frame, at most 8 coding acts for thirty\n")


def long_replay(folder: Path, frames: int) -> None:
    """The demo study's ground truth, clip by clip, until at least `frames` frames are coded."""
    children = demo.plan_study(0, n_frames=max(300, round(frames / 6 / 0.75)))
    make_study(folder, [(child.n_frames, list(child.clips)) for child in children])
    totals = {name: Cost() for name in ("form", "interact", "elan")}
    hands = Hands(folder)
    hands.press("coding", "'", SHIFT)  # carry codes on
    coded = changes = wrong = 0
    for row, child in enumerate(children):
        hands.open_recording(row)
        shown = np.zeros(len(KEYS), np.uint8)
        for first, last in child.clips:
            clip = child.truth[first : last + 1]
            hands.go_to(first)
            hands.code_clip(clip)
            for name, cost in (
                ("form", form(clip, shown)),
                ("interact", interact(clip)),
                ("elan", elan(clip)),
            ):
                add(totals[name], cost)
            shown = clip[-1]
            coded += len(clip)
            changes += int((np.diff(clip.astype(int), axis=0) != 0).any(axis=1).sum())
        print(f"  child {row + 1}: {coded} frames coded", file=sys.stderr)
    hands.finish()
    for row, child in enumerate(children, start=1):
        codes, states = stored(folder, str(row), child.n_frames)
        inside = np.concatenate([np.arange(first, last + 1) for first, last in child.clips])
        wrong += int((codes[inside] != child.truth[inside]).any(axis=1).sum())
        assert states == {CodingState.CODED}, states
    report(hands.cost, totals, coded, changes, wrong)


def add(total: Cost, more: Cost) -> None:
    """Add one cost to another."""
    total.keys += more.keys
    total.clicks += more.clicks
    total.hands += more.hands


def report(ours: Cost, totals: dict[str, Cost], coded: int, changes: int, wrong: int) -> None:
    """Print acts per coded frame and how they compare."""
    names = {"form": "published form", "interact": "INTERACT, frame by frame", "elan": "ELAN, intervals"}
    print(
        f"long replay of the synthetic demo study: {coded} coded frames, {changes} differ from the one before"
    )
    print(f"  frames whose codes in the store are not the truth: {wrong}")
    for name, cost in (("HRM Annotator, face map", ours), *((names[key], totals[key]) for key in names)):
        acts, seen = cost.acts("coding"), cost.acts("viewing")
        ratio = acts / ours.acts("coding")
        print(
            f"  {name:26} coding {acts:7d} ({acts / coded:.3f} per frame, {ratio:5.2f}x ours), "
            f"viewing {seen:7d}, model {cost.seconds / 3600:5.2f} h"
        )
    floor = changes / coded
    print(f"  one act per frame that differs would be {floor:.3f} per frame: no hand does better")
    print("  aims: form at least 20x, intervals at least 2x")


def main() -> None:
    """Print both tasks, or what suggestions save."""
    if "--assisted" in sys.argv:
        from bench.assisted_effort import main as assisted

        assisted([word for word in sys.argv[1:] if word != "--assisted"])
        return
    frames = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    app = QApplication.instance() or QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CONFIG_HOME"] = f"{folder}/config"
        four_actions(Path(folder) / "four" / "study")
        long_replay(Path(folder) / "long" / "study", frames)
    app.processEvents()


if __name__ == "__main__":
    main()
