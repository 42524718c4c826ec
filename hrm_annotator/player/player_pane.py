"""The pane of pictures: current frame, neutral frame, ruler and transport."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from hrm_annotator.language import mark, tr
from hrm_annotator.player.comparison_view import ComparisonView
from hrm_annotator.player.face_overlay import Layers
from hrm_annotator.player.frame_loader import FrameLoader
from hrm_annotator.player.picture_view import PictureView, Zoom
from hrm_annotator.player.ruler import Ruler
from hrm_annotator.player.transport import SPEEDS, Transport
from hrm_annotator.session import Session
from hrm_annotator.widgets.keep_keys import KeepReturn
from hrm_annotator.widgets.spoken import Spoken
from hrm_core.progress import CancelToken
from hrm_core.records.comparison import Comparison
from hrm_core.records.recording import Clip

if TYPE_CHECKING:
    from hrm_core.workflows.show_face import FaceLook

__all__ = ["PlayerPane"]

_NO_NEUTRAL = mark("No neutral frame has been chosen for this participant.")


class PlayerPane(QWidget, Spoken):
    """Shows the open recording; the session learns of a frame when its picture is up."""

    failed = Signal(str)
    """A picture cannot be shown, and why."""
    opened = Signal(object)
    """A film is open: times of its frames in seconds, ndarray of shape (n_frames,)."""
    speed_changed = Signal(float)
    shown = Signal(int, object)
    """A frame is on the screen: its number and what is seen of it, a FaceLook."""
    neutral_given = Signal(object)
    """Another neutral picture is there, a FaceLook, or None."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._loader: FrameLoader | None = None
        self._first = 0
        self.compare: Callable[[FaceLook], FaceLook] = lambda look: look
        self._neutral: tuple[FaceLook | None, bool, str | None] = (None, False, "")
        self._beside: Comparison | None = None
        self.transport = Transport(self)
        self.transport.wanted.connect(self._on_wanted)
        self.zoom = Zoom(self)
        self._title = QLabel()
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self.current = PictureView(self.zoom, tr("Choose a recording on the left."))
        self.neutral = ComparisonView(self.zoom, tr(_NO_NEUTRAL))
        self.pictures = QSplitter(Qt.Orientation.Horizontal)
        self._head = QHBoxLayout()
        self._ruler = Ruler()
        self._ruler.jumped.connect(self.transport.go_to)
        self.setAccessibleName(tr("Pictures"))
        self._number = self._make_number()
        self._speed = self._make_speed()
        self._time = QLabel()
        self._buttons = QHBoxLayout()
        self._lay_out()
        session.recording_changed.connect(self._on_recording_changed)
        session.frames_changed.connect(self._ruler.show_coverage)
        session.clips_changed.connect(self._on_clips_changed)

    def add_buttons(self, actions: Sequence[QAction]) -> None:
        """Show actions as buttons under the pictures."""
        for place, entry in enumerate(actions):
            button = QToolButton()
            button.setDefaultAction(entry)
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            # Holding the button down steps on, like holding the key.
            button.setAutoRepeat(entry.autoRepeat())
            self._buttons.insertWidget(place, button)

    def add_bar(self, bar: QWidget) -> None:
        """Put a bar of buttons above the pictures."""
        self._head.addWidget(bar)

    def show_recording(
        self,
        open_video: Callable[[CancelToken], object],
        title: str,
        first_frame: int,
        look: Callable[[int, NDArray[np.uint8]], FaceLook],
    ) -> None:
        """Open a video in the background and show `first_frame` of it.

        Parameters
        ----------
        open_video : callable
            Returns a Video; called in another thread with a token to stop it.
        title : str
            What is written above the pictures.
        first_frame : int
            Frame to begin with.
        look : callable
            What the rater sees of a frame; called in that other thread.
        """
        self.close_video()
        self._first = first_frame
        self._title.setText(title)
        self.current.show_nothing(tr("Opening the video …"))
        loader = FrameLoader(open_video, self, lambda frame, rgb: self.compare(look(frame, rgb)))  # type: ignore[arg-type]
        loader.opened.connect(self._on_opened)
        loader.loaded.connect(self._on_loaded)
        loader.failed.connect(self._on_failed)
        self._loader = loader
        loader.start()

    def show_neutral(self, look: FaceLook | None, *, mirrored: bool, failure: str | None = None) -> None:
        """Show the participant's neutral face, or say why there is none."""
        self._neutral = (look, mirrored, failure)
        self.neutral_given.emit(look)
        if self._beside is None:
            self._show_neutral()

    def show_beside(self, comparison: Comparison | None) -> None:
        """Show this beside the frame in place of the neutral picture; None shows that one again."""
        before, self._beside = self._beside, comparison
        if comparison is not None:
            self.neutral.show_comparison(comparison)
        elif before is not None:
            self._show_neutral()

    def _show_neutral(self) -> None:
        look, mirrored, failure = self._neutral
        if look is None:
            self.neutral.show_nothing(tr(_NO_NEUTRAL) if failure is None else failure)
        else:
            self.neutral.show_look(look, tr("neutral"), mirrored=mirrored)

    def show_layers(self, layers: Layers) -> None:
        """Draw these things over both pictures."""
        self.current.show_layers(layers)
        self.neutral.show_layers(layers)

    def look_again(self) -> None:
        """Show the frame on the screen anew: what may or shall be seen of it has changed."""
        if self._loader is not None:
            self._loader.request_again()

    def close_video(self) -> None:
        """Stop decoding and forget the pictures."""
        self.transport.close()
        if self._loader is not None:
            self._loader.stop()
            self._loader.deleteLater()
            self._loader = None
        self.current.show_nothing(tr("Choose a recording on the left."))

    def set_speed(self, speed: float) -> None:
        """Play at this speed from now on."""
        place = min(range(len(SPEEDS)), key=lambda at: abs(SPEEDS[at] - speed))
        self._speed.setCurrentIndex(place)

    def change_speed(self, steps: int) -> None:
        """Choose the next faster (1) or slower (-1) speed."""
        place = self._speed.currentIndex() + steps
        self._speed.setCurrentIndex(min(max(place, 0), len(SPEEDS) - 1))

    def go_to_clip(self, clip: Clip) -> None:
        """Go to the first frame of a clip."""
        self.transport.go_to(clip.first_frame)

    def step_clip(self, direction: int) -> None:
        """Go to the first frame of the next (1) or this or the previous (-1) clip."""
        here = self._session.frame
        starts = [clip.first_frame for clip in self._session.clips if not clip.is_nowhere]
        if here is None:
            return
        found = (
            [at for at in starts if at > here] if direction > 0 else [at for at in starts if at < here][::-1]
        )
        if found:
            self.transport.go_to(found[0])

    def show_ruler(self, wanted: bool) -> None:
        """Show clips and coverage below the pictures, for who has put the timeline away."""
        self._ruler.setVisible(wanted)

    def focus_number(self) -> None:
        """Let the coder type a frame number."""
        # The next picture of a film would overwrite what is typed.
        self.transport.stop()
        self._number.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._number.selectAll()

    def _on_recording_changed(self) -> None:
        if self._session.recording is None:
            self.close_video()
            # The next coder may not be allowed to see what this one saw.
            self._beside = None
            self.show_neutral(None, mirrored=False, failure="")
            self._title.clear()
            self._time.clear()
            self._ruler.show_recording(0, (), {})

    def _on_clips_changed(self) -> None:
        self._ruler.show_clips(self._session.clips)

    def _on_opened(self, times: NDArray[np.float64]) -> None:
        if self.sender() is not self._loader:
            return  # another recording was chosen meanwhile
        self._number.setSuffix(f" / {len(times) - 1}")
        self._ruler.show_recording(len(times), self._session.clips, self._session.coded_frames())
        self._times = times
        self.transport.open(times)
        self.opened.emit(times)
        self.transport.go_to(self._first)

    def _on_wanted(self, frame: int, direction: int) -> None:
        if self._loader is not None:
            self._loader.request(frame)

    def _on_loaded(self, frame: int, look: FaceLook) -> None:
        recording = self._session.recording
        if self.sender() is not self._loader or recording is None:
            return
        if frame != self._session.frame:
            self.current.use_tool(None)
        self.current.show_look(look, tr("frame {frame}", frame=frame), mirrored=recording.mirrored)
        self.shown.emit(frame, look)
        withheld = look.rgb is None
        if frame == self._session.frame and not self.transport.waits_for(frame):
            # The frame itself in place of its copy: all else stays, also what is being typed.
            self._session.show_frame(frame, withheld=withheld)
            return
        self._time.setText(f"{self._times[frame]:.3f} s")
        self._number.blockSignals(True)
        self._number.setValue(frame)
        self._number.blockSignals(False)
        self._ruler.show_frame(frame)
        self._session.show_frame(frame, withheld=withheld)
        self.transport.on_shown(frame)

    def _on_failed(self, message: str) -> None:
        if self.sender() is not self._loader:
            return
        self.transport.on_failed()
        if self._session.frame is None:
            self.current.show_nothing(tr("This video cannot be shown."))
        self.failed.emit(message)

    def _on_number_entered(self) -> None:
        # Leaving the field is no wish to go anywhere, nor to stop.
        wanted, last = self._number.value(), self._session.frame_count - 1
        if wanted > last:
            self._session.refused.emit(
                tr("There is no frame {frame}: the frames go 0 to {last}.", frame=wanted, last=last)
            )
            self._number.setValue(self._session.frame or 0)
        elif wanted != self._session.frame:
            self.transport.go_to(wanted)

    def _on_speed_chosen(self, place: int) -> None:
        self.transport.set_speed(SPEEDS[place])
        self.speed_changed.emit(SPEEDS[place])

    def _make_number(self) -> QSpinBox:
        number = QSpinBox()
        number.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        number.setKeyboardTracking(False)
        # Whatever is typed is taken whole; what lies behind the end is refused in words.
        number.setRange(0, 9_999_999)
        number.setAccessibleName(tr("Frame number"))
        number.setToolTip(tr("Frame on the screen; type another and press Enter (Ctrl+G)"))
        number.editingFinished.connect(self._on_number_entered)
        KeepReturn(number, self.current, lambda: number.setValue(self._session.frame or 0))
        number.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        number.setMinimumWidth(110)
        return number

    def _make_speed(self) -> QComboBox:
        speed = QComboBox()
        speed.addItems([f"{value:g}×" for value in SPEEDS])
        speed.setCurrentIndex(SPEEDS.index(1.0))
        speed.setAccessibleName(tr("Playback speed"))
        speed.setToolTip(tr("Playback speed (- slower, = faster)"))
        speed.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        speed.currentIndexChanged.connect(self._on_speed_chosen)
        return speed

    def _label(self, words: str, of: QWidget) -> QLabel:
        """Words before a field; on Linux a list is heard as what is chosen in it, and these say of what."""
        label = QLabel(words)
        label.setBuddy(of)
        return label

    def _lay_out(self) -> None:
        self.current.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        pictures = self.pictures
        pictures.setObjectName("pictures")
        pictures.addWidget(self.current)
        pictures.addWidget(self.neutral)
        pictures.setStretchFactor(0, 3)
        pictures.setStretchFactor(1, 2)
        pictures.setChildrenCollapsible(False)
        self._buttons.addStretch(1)
        self._buttons.addWidget(self._time)
        self._buttons.addSpacing(8)
        self._buttons.addWidget(self._label(tr("Frame"), self._number))
        self._buttons.addWidget(self._number)
        self._buttons.addSpacing(8)
        self._buttons.addWidget(self._label(tr("Speed"), self._speed))
        self._buttons.addWidget(self._speed)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        self._head.addWidget(self._title, 1)
        column.addLayout(self._head)
        column.addWidget(pictures, 1)
        column.addWidget(self._ruler)
        column.addLayout(self._buttons)
