"""What a model's suggestions save: the hands of ``bench/effort.py`` with and without them.

``PYTHONPATH=. python bench/effort.py --assisted [FRAMES] [--simulated]``.  A demo study is made
with FRAMES frames for each of its six children (630 if left out).  Two children count as coded:
``hrm train au --from-project`` learns from them, ``hrm prelabel`` looks at all, ``hrm prelabel fit``
fits the proposals to the two.  Then tireless hands review the clips of the other four in the real
window, in the mode *assist* with its control frames, and code the same clips once more without any
suggestions.  Codes in the store are compared with the truth, frame by frame.  ``--simulated`` takes
probabilities made from the strengths that drew the faces, with noise, in place of the network's:
what comes of it says how good the window is, and nothing about a network.

The hands know of a frame what a coder sees: the picture (the truth of this frame, not of the next),
the codes that the window shows and the proposals that it shows.  Carry-on and *follow suggested
changes* are on, so each frame arrives with the codes of the one before and what the model changes.
Then comes what is cheapest for this frame: nothing, letters and digits of the actions that are wrong,
all that is suggested (one key) and letters for what is wrong of that, or "no action, go on".
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication
from typer.testing import CliRunner

from bench.effort import CODER, KEYS, SHIFT, Codes, Hands, make_study, stored
from hrm_annotator.actions.table import COMMANDS
from hrm_annotator.operations.suggestions import Suggestions
from hrm_core import demo
from hrm_core.cli.main import app
from hrm_core.config import write_settings
from hrm_core.faces.align import ALIGNED_SIZE
from hrm_core.faces.child import aligned_picture
from hrm_core.faces.feature_file import read_features
from hrm_core.media import open_video, write_still
from hrm_core.records.code_table import CodeTable
from hrm_core.records.coding import CodingState
from hrm_core.records.suggestion import Condition
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.extract_faces import ALIGNED
from hrm_core.workflows.make_demo import make_demo
from hrm_core.workflows.project import FEATURES, Project, open_project

CODED_FIRST = 2
"""Children that are coded before the model comes."""
_SHARPNESS, _NOISE = 24.0, 1.5


class AssistedHands(Hands):
    """Hands that use what a model suggests.

    Attributes
    ----------
    conditions : dict of (int, int) to Condition
        What could be seen of suggestions, by row of the recording and frame.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.conditions: dict[tuple[int, int], Condition] = {}

    def open_recording(self, row: int) -> None:
        """Open a recording, and wait until what is suggested for it was read."""
        super().open_recording(row)
        self.wait(lambda: self._suggestions.proposals is not None)

    def begin(self) -> None:
        """Carry codes on, see suggestions at once, and let carried codes follow them."""
        self.press("coding", "'", SHIFT)
        self.window.actions_by_id["suggest_at_once"].trigger()
        self.cost.click("coding", 2)  # the menu and its entry
        self._command("follow_model")

    @property
    def _suggestions(self) -> Suggestions:
        return self.program.assist.suggestions

    def _command(self, name: str) -> None:
        """Press the key of a command."""
        stroke = QKeySequence(COMMANDS[name].keys[0])[0]
        self.press("coding", stroke.key(), stroke.keyboardModifiers())

    def code_clip(self, codes: Codes) -> None:
        """Review a clip from its first frame, which is on the screen."""
        for place, row in enumerate(codes):
            last = place == len(codes) - 1
            at, before = (self.row, self.session.frame), self.cost.acts("coding")
            self.conditions[at] = self._suggestions.condition(at[1])
            nothing = self._review(row, may_say_nothing=not last)
            if last:
                self.press("coding", Qt.Key.Key_Return)
            elif nothing:
                self.step("coding", Qt.Key.Key_Return, SHIFT)
            else:
                self.step("viewing", Qt.Key.Key_Right)
            self.spent[at] = self.cost.acts("coding") - before

    def _review(self, row: Codes, *, may_say_nothing: bool) -> bool:
        """Make the codes on the screen those of the truth; whether "no action, go on" is still to say it."""
        coding = self.session.coding()
        shown = np.zeros_like(row)
        for entry in coding.codes if coding else ():
            shown[KEYS.index(entry.action)] = entry.code
        proposed = self._suggestions.proposed(self.session.frame)
        offered = shown.copy()
        for key, code in proposed.items():
            offered[KEYS.index(key)] = code
        by_hand, after_all = _acts(shown, row), 1 + _acts(offered, row)
        if coding is None and not by_hand:
            by_hand = 2  # a frame without a coding is not "no action" yet
        if may_say_nothing and not row.any() and min(by_hand, after_all) > (0 if coding else 1):
            return True
        if proposed and after_all < by_hand:
            self._command("accept_frame")
            shown = offered
        for action in np.flatnonzero(row != shown):
            self.change(int(action), int(shown[action]), int(row[action]))
        return False


def _acts(shown: Codes, wanted: Codes) -> int:
    """Keys that bring the codes of a frame from what is shown to what is wanted, see Hands.change."""
    changed = shown != wanted
    digits = changed & ((wanted > 1) | ((shown > 0) & (wanted > 0)))
    return int(changed.sum() + digits.sum())


# -- a study with suggestions ----------------------------------------------------------------


def hrm(folder: Path, *words: str) -> dict[str, object]:
    """Run a command of hrm in a study; returns its JSON."""
    found = CliRunner().invoke(app, [*words, "--project", str(folder), "--json"])
    if found.exit_code:
        raise RuntimeError(f"hrm {' '.join(words)}: {found.output}{found.exception}") from found.exception
    return dict(json.loads(found.stdout[found.stdout.index("{") :]))


def code_first(project: Project, children: Sequence[demo.DemoParticipant]) -> None:
    """Two children are coded by the coder of this bench, on all frames of their clips."""
    coder = add_rater(project, CODER)
    tables = []
    for child in children[:CODED_FIRST]:
        _, recording = next(project.recordings(child.code))
        spans = [np.arange(first, last + 1, dtype=np.int64) for first, last in child.clips]
        frames = np.concatenate(spans)
        tables.append(CodeTable(coder.id, recording.id, frames, child.truth[frames]))
    project.store.codings.import_tables(tables, actor_id=coder.id, reason="synthetic")


def simulate(project: Project, children: Sequence[demo.DemoParticipant]) -> int:
    """Write simulated probabilities; returns the number of the run."""
    settings = {"actions": KEYS, "thresholds": dict.fromkeys(KEYS, 0.5), "synthetic": True}
    run_id = project.store.suggestions.run_of("simulated", "simulated", settings)
    for place, child in enumerate(children):
        _, recording = next(project.recordings(child.code))
        dice = np.random.default_rng(place)
        left, right = (
            _said(child.intensities[..., part], dice) for part in (demo.Part.LEFT, demo.Part.RIGHT)
        )
        whole = _said(child.intensities.max(axis=-1), dice)
        frames = np.arange(child.n_frames, dtype=np.int64)
        project.store.suggestions.add_block(
            run_id, recording.id, frames.tolist(), frames, KEYS, whole, left=left, right=right
        )
    return run_id


def _said(strength: NDArray[np.float32], dice: np.random.Generator) -> NDArray[np.float32]:
    logit = _SHARPNESS * (strength - demo.PRESENT_FROM) + dice.normal(0, _NOISE, strength.shape)
    return (1 / (1 + np.exp(-logit))).astype(np.float32)


def cut_faces(folder: Path) -> None:
    """Write the aligned faces of the children that are coded, from the faces that the demo study knows."""
    with open_project(folder) as project:
        for who, recording in list(project.recordings())[:CODED_FIRST]:
            _, found = read_features(project.face_path(FEATURES, who, recording))
            spans = [
                range(clip.first_frame, clip.last_frame + 1)
                for clip in project.store.recordings.clips(recording.id)
            ]
            target = project.face_path(ALIGNED, who, recording)
            with open_video(folder / str(recording.path)) as film:
                for entry in found:
                    if any(entry.frame in span for span in spans):
                        picture = aligned_picture(film[entry.frame], entry, ALIGNED_SIZE)
                        assert picture is not None
                        write_still(picture, target / f"{entry.frame:06d}.jpg")


def suggest(folder: Path, *training: str, participants: str = "") -> None:
    """Train on the coded children, let the network look at children (all if none is named)."""
    cut_faces(folder)
    trained = hrm(
        folder, "train", "au", "--from-project", "--warm-start", "demo_starter", "--rater", CODER, *training
    )
    chosen = ["--participants", participants] if participants else []
    hrm(folder, "prelabel", "--model", str(trained["kept"]), "--clips-only", "--sides", *chosen)


# -- the review ------------------------------------------------------------------------------


def review(hands: Hands, children: Sequence[demo.DemoParticipant]) -> None:
    """Code all clips of the children that come after the first two."""
    for row, child in enumerate(children[CODED_FIRST:], start=CODED_FIRST):
        hands.open_recording(row)
        for first, last in child.clips:
            hands.go_to(first)
            hands.code_clip(child.truth[first : last + 1])
        print(f"  child {row + 1} is coded", file=sys.stderr)
    hands.finish()


def wrong_frames(folder: Path, children: Sequence[demo.DemoParticipant]) -> tuple[int, int]:
    """How many frames of these children's clips are not the truth in the store, and how many there are."""
    wrong = count = 0
    for child in children[CODED_FIRST:]:
        codes, states = stored(folder, child.code, child.n_frames)
        inside = np.concatenate([np.arange(first, last + 1) for first, last in child.clips])
        wrong += int((codes[inside] != child.truth[inside]).any(axis=1).sum())
        count += len(inside)
        assert states == {CodingState.CODED}, states
    return wrong, count


def unaided(folder: Path, children: Sequence[demo.DemoParticipant]) -> tuple[Hands, int, int]:
    """The same clips, coded from an empty form; the picture does not matter to these hands."""
    make_study(folder, [(child.n_frames, list(child.clips)) for child in children])
    hands = Hands(folder)
    hands.press("coding", "'", SHIFT)
    review(hands, children)
    return hands, *wrong_frames(folder, children)


def assisted(folder: Path, children: Sequence[demo.DemoParticipant]) -> tuple[AssistedHands, int, int]:
    """The clips of a study that has suggestions."""
    with open_project(folder) as project:
        chosen = replace(project.settings.assistance, mode="after-commit", mode_fixed=False)
        write_settings(folder, replace(project.settings, assistance=chosen))
    hands = AssistedHands(folder)
    hands.begin()
    review(hands, children)
    return hands, *wrong_frames(folder, children)


def on_frames(plain: Hands, helped: AssistedHands, condition: Condition) -> tuple[int, int, int]:
    """How many frames were coded under a condition, acts on them with, and without suggestions."""
    places = [place for place, found in helped.conditions.items() if found is condition]
    return len(places), sum(helped.spent[at] for at in places), sum(plain.spent[at] for at in places)


def report(plain: Hands, helped: AssistedHands, frames: int) -> None:
    """Print acts per frame with and without suggestions."""
    alone, together = plain.cost.acts("coding") / frames, helped.cost.acts("coding") / frames
    print(f"  unaided  {alone:.3f} acts per frame, model {plain.cost.seconds / 3600:.2f} h")
    print(
        f"  assisted {together:.3f} acts per frame, model {helped.cost.seconds / 3600:.2f} h: "
        f"{100 * (1 - together / alone):.1f} % fewer acts"
    )
    for condition in sorted(set(helped.conditions.values())):
        count, with_it, without = on_frames(plain, helped, condition)
        print(
            f"    {condition}: {count} frames, {with_it / count:.3f} acts per frame, unaided on the same "
            f"frames {without / count:.3f}"
        )
    print("  aim: at least 50 % fewer")


def main(words: Sequence[str]) -> None:
    """Make the study, let a model suggest, and review it with and without."""
    simulated = "--simulated" in words
    numbers = [int(word) for word in words if word.isdigit()]
    children = demo.plan_study(0, n_frames=numbers[0] if numbers else 630)
    _ = QApplication.instance() or QApplication([])
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["XDG_CONFIG_HOME"] = f"{scratch}/config"
        folder = Path(scratch) / "demo"
        if simulated:
            make_study(folder, [(child.n_frames, list(child.clips)) for child in children])
            with open_project(folder) as project:
                code_first(project, children)
                simulate(project, children)
        else:
            with make_demo(folder, n_frames=children[0].n_frames) as project:
                code_first(project, children)
            suggest(folder)
        hrm(folder, "prelabel", "fit", "--rater", CODER)
        plain, wrong, frames = unaided(Path(scratch) / "unaided" / "study", children)
        helped, more, _ = assisted(folder, children)
    kind = "simulated probabilities" if simulated else "a network trained on two children"
    print(f"review of {frames} frames of four synthetic children with {kind}")
    print(f"  frames whose codes in the store are not the truth: unaided {wrong}, assisted {more}")
    report(plain, helped, frames)
