"""Comparing the face on the screen with the neutral one: flicker, difference, halves, zoom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent

from hrm_annotator.actions.table import ActionId
from hrm_annotator.language import said, tr
from hrm_annotator.main_window import MainWindow
from hrm_annotator.operations.comparison import Comparer, part_of
from hrm_annotator.player.compare_bar import CompareBar
from hrm_annotator.player.flicker import Flicker
from hrm_annotator.player.picture_view import PictureView, Zoom
from hrm_annotator.session import Session
from hrm_annotator.settings import comparison as kept
from hrm_core.records.comparison import Beside, Comparison, Wish

if TYPE_CHECKING:
    from hrm_core.workflows.show_face import FaceLook

__all__ = ["CompareWiring"]

_BUTTONS = (
    (ActionId.SIDE_BY_SIDE, "beside"),
    (ActionId.DIFFERENCE, "difference"),
    (ActionId.LEFT_HALF, "left-half"),
    (ActionId.RIGHT_HALF, "right-half"),
    (ActionId.FOLLOW_ACTION, "lens"),
)
# More flashes than this in a second can bring on seizures (WCAG 2.2, 2.3.1).
_SAFE_RATE = 3.0
# A face that moved by less, in parts of what is looked at, is not followed: pictures would tremble.
_STILL = 0.15


class CompareWiring(QObject):
    """Connects the menu Compare, its bar of buttons and what is seen beside or in place of the frame."""

    def __init__(self, window: MainWindow, session: Session) -> None:
        super().__init__(window)
        self._window, self._session, self._player = window, session, window.player
        self._settings = kept.load()
        self._comparer = Comparer()
        self._player.compare = self._comparer.add_to
        self._flicker = Flicker(self._player.current, self)
        self._flicker.set_rate(self._settings.rate)
        self._wanted = False
        self._pressed: set[int] = set()
        self._laid_on: int | None = None
        self._look: FaceLook | None = None
        self._neutral: FaceLook | None = None
        # What stands beside where neither a difference nor halves do.
        self._base = Beside.NEUTRAL if self._settings.side_by_side else Beside.NOTHING
        self._own_zoom = Zoom(self)
        self._followed: dict[PictureView, tuple[Any, ...]] = {}
        self._narrow: list[int] | None = None
        bar = CompareBar(
            window.actions_by_id[ActionId.FLICKER],
            [(window.actions_by_id[name], symbol) for name, symbol in _BUTTONS],
        )
        bar.held.connect(lambda on: self._begin_flicker() if on else self._end_flicker())
        self._player.add_bar(bar)
        self._connect()
        self._ask(beside=self._base, signed=self._settings.signed, full=self._settings.full)

    def stop(self) -> None:
        """Show frames only."""
        self._end_flicker()

    def _connect(self) -> None:
        actions, player, session = self._window.actions_by_id, self._player, self._session
        player.shown.connect(self._on_shown)
        player.neutral_given.connect(self._on_neutral)
        session.recording_changed.connect(self._on_recording_changed)
        self._window.coding.chosen_changed.connect(lambda _: self._follow())
        handlers: dict[ActionId, Callable[[], Any]] = {
            ActionId.FLICKER: lambda: self._begin_or_end(latched=False),
            ActionId.FLICKER_ON: lambda: self._begin_or_end(latched=True),
            ActionId.FLICKER_FASTER: lambda: self._change_rate(1),
            ActionId.FLICKER_SLOWER: lambda: self._change_rate(-1),
            ActionId.SIDE_BY_SIDE: self._toggle_side_by_side,
            ActionId.DIFFERENCE: lambda: self._toggle(Beside.DIFFERENCE),
            ActionId.LEFT_HALF: lambda: self._toggle_half(Beside.LEFT_HALF),
            ActionId.RIGHT_HALF: lambda: self._toggle_half(Beside.RIGHT_HALF),
            ActionId.DIFFERENCE_SIGNED: lambda: self._set_scale(signed=not self._settings.signed),
            ActionId.DIFFERENCE_STRONGER: lambda: self._change_full(-1),
            ActionId.DIFFERENCE_WEAKER: lambda: self._change_full(1),
            ActionId.FOLLOW_ACTION: self._toggle_follow,
            ActionId.WHOLE_PICTURE: self._on_whole_picture,
        }
        for name, handler in handlers.items():
            actions[name].triggered.connect(lambda _=False, handler=handler: handler())
        actions[ActionId.FOLLOW_ACTION].setChecked(self._settings.follow)
        actions[ActionId.DIFFERENCE_SIGNED].setChecked(self._settings.signed)

    def _remember(self, **changes: Any) -> None:
        self._settings = replace(self._settings, **changes)
        kept.store(self._settings)

    # -- pictures as they come ----------------------------------------------------------

    def _on_recording_changed(self) -> None:
        self._end_flicker()
        recording = self._session.recording
        self._look = None
        self._followed.clear()
        self._comparer.wish = replace(
            self._comparer.wish, mirrored=recording is not None and recording.mirrored
        )

    def _on_neutral(self, look: FaceLook | None) -> None:
        self._neutral = look
        self._comparer.set_neutral(look)
        self._followed.pop(self._player.neutral, None)
        if self._look is not None and not self._comparer.wish.is_idle:
            self._player.look_again()
        else:
            self._follow()

    def _on_shown(self, frame: int, look: FaceLook) -> None:
        self._look = look
        made = look.comparison
        if made is not None and made.wish == self._comparer.wish:
            if self._is_made:
                self._player.show_beside(made)
            if self._wanted:
                self._show_laid(frame, made)
        self._follow()

    @property
    def _is_made(self) -> bool:
        """Whether what stands beside is made of each frame."""
        return self._comparer.wish.beside not in (Beside.NOTHING, Beside.NEUTRAL)

    def _ask(self, **changes: Any) -> None:
        """Let pictures be made so from now on, the one on the screen first."""
        before = self._comparer.wish
        wish: Wish = replace(before, **changes)
        self._comparer.wish = wish
        actions = self._window.actions_by_id
        both = wish.beside is Beside.BOTH_HALVES
        actions[ActionId.SIDE_BY_SIDE].setChecked(wish.beside is Beside.NEUTRAL)
        actions[ActionId.DIFFERENCE].setChecked(wish.beside is Beside.DIFFERENCE)
        actions[ActionId.LEFT_HALF].setChecked(both or wish.beside is Beside.LEFT_HALF)
        actions[ActionId.RIGHT_HALF].setChecked(both or wish.beside is Beside.RIGHT_HALF)
        if wish.beside is not before.beside:
            self._followed.pop(self._player.neutral, None)
            self._own_zoom.reset()
            self._make_room(wish.beside, before.beside)
        if not self._is_made:
            self._player.show_beside(None)
            self._follow()
        if not wish.is_idle:
            self._player.look_again()

    def _make_room(self, beside: Beside, before: Beside) -> None:
        pictures = self._player.pictures
        self._player.neutral.setVisible(beside is not Beside.NOTHING)
        if beside is Beside.BOTH_HALVES:
            self._narrow = pictures.sizes()
            whole = sum(self._narrow)
            pictures.setSizes([whole // 3, whole - whole // 3])
        elif before is Beside.BOTH_HALVES and self._narrow is not None:
            pictures.setSizes(self._narrow)

    # -- beside the frame ---------------------------------------------------------------

    def _toggle_side_by_side(self) -> None:
        is_on = self._comparer.wish.beside is Beside.NEUTRAL
        self._base = Beside.NOTHING if is_on else Beside.NEUTRAL
        self._remember(side_by_side=not is_on)
        self._ask(beside=self._base)

    def _toggle(self, beside: Beside) -> None:
        self._ask(beside=self._base if self._comparer.wish.beside is beside else beside)

    def _toggle_half(self, half: Beside) -> None:
        """Switch one half on or off; both on stand side by side."""
        halves = {Beside.LEFT_HALF, Beside.RIGHT_HALF}
        now = self._comparer.wish.beside
        on = halves if now is Beside.BOTH_HALVES else halves & {now}
        on = on ^ {half}
        self._ask(beside=Beside.BOTH_HALVES if on == halves else next(iter(on), self._base))

    def _set_scale(self, **changes: Any) -> None:
        self._remember(**changes)
        self._window.actions_by_id[ActionId.DIFFERENCE_SIGNED].setChecked(self._settings.signed)
        self._ask(signed=self._settings.signed, full=self._settings.full)

    def _change_full(self, steps: int) -> None:
        place = kept.FULL.index(self._settings.full) + steps
        self._set_scale(full=kept.FULL[min(max(place, 0), len(kept.FULL) - 1)])
        words = tr("Difference: fullest colours at {percent} %.", percent=f"{self._settings.full:g}")
        self._window.show_message(words)

    # -- in place of the frame ------------------------------------------------------------

    def _begin_or_end(self, *, latched: bool) -> None:
        # Asked for twice: where it was asked for in a menu, no key is there to be let go.
        if self._wanted:
            self._end_flicker()
        else:
            self._begin_flicker()
        self._window.actions_by_id[ActionId.FLICKER_ON].setChecked(self._wanted and latched)

    def _begin_flicker(self) -> None:
        if self._session.frame is None or self._wanted:
            return
        self._wanted = True
        self._pressed.clear()
        self._player.transport.stop()
        if (app := QCoreApplication.instance()) is not None:
            app.installEventFilter(self)
        self._ask(lay_neutral=True)

    def _end_flicker(self) -> None:
        if not self._wanted:
            return
        self._wanted = False
        if (app := QCoreApplication.instance()) is not None:
            app.removeEventFilter(self)
        self._flicker.end()
        self._window.actions_by_id[ActionId.FLICKER_ON].setChecked(False)
        self._ask(lay_neutral=False)

    def _show_laid(self, frame: int, made: Comparison) -> None:
        if made.laid is None:
            self._end_flicker()
            self._session.refused.emit(said(made.why_not_laid))
            return
        caption = tr("NEUTRAL, laid on frame {frame}", frame=frame)
        if made.covered:
            caption = " · ".join((caption, tr("eyes covered")))
        self._player.current.keep_other(made.laid, caption)
        # Neutral comes at once; of a frame that was gone to meanwhile, the frame itself comes first.
        same = self._flicker.is_on and frame == self._laid_on
        self._flicker.begin(with_other=self._flicker.shows_other if same else not self._flicker.is_on)
        self._laid_on = frame

    def _change_rate(self, steps: int) -> None:
        place = kept.RATES.index(self._settings.rate) + steps
        rate = kept.RATES[min(max(place, 0), len(kept.RATES) - 1)]
        self._remember(rate=rate)
        self._flicker.set_rate(rate)
        words = tr("Flicker: neutral {rate} times a second.", rate=f"{rate:g}")
        if rate > _SAFE_RATE:
            words += " " + tr("More than 3 flashes a second can harm people with photosensitive epilepsy.")
        self._window.show_message(words)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """While flicker is wanted: find out that its key is let go, or that something else begins."""
        kind = event.type()
        if kind in (QEvent.Type.WindowDeactivate, QEvent.Type.ApplicationStateChange):
            self._end_flicker()
        elif isinstance(event, QKeyEvent) and not event.isAutoRepeat():
            if event.key() == Qt.Key.Key_Escape and kind is not QEvent.Type.KeyRelease:
                event.accept()
                if kind is QEvent.Type.KeyPress:
                    self._end_flicker()
                return True
            if kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
                self._pressed.add(event.key())
            # What was not pressed since is what is held; everything else codes and steps meanwhile.
            # An event comes here once for each widget that it is handed on to.
            elif kind is QEvent.Type.KeyRelease and not (event.key() in self._pressed or self._is_latched()):
                self._end_flicker()
        return False

    def _is_latched(self) -> bool:
        return self._window.actions_by_id[ActionId.FLICKER_ON].isChecked()

    # -- the part that an action shows in ---------------------------------------------------

    def _toggle_follow(self) -> None:
        on = self._window.actions_by_id[ActionId.FOLLOW_ACTION].isChecked()
        self._remember(follow=on)
        self._followed.clear()
        if on:
            self._follow()
            return
        self._player.zoom.reset()
        self._own_zoom.reset()
        self._share_zoom()

    def _on_whole_picture(self) -> None:
        self._own_zoom.reset()

    def _share_zoom(self) -> None:
        """Let the pictures move together where they show the same; else each moves alone."""
        alike = not self._settings.follow and not self._is_made
        self._player.neutral.use_zoom(self._player.zoom if alike else self._own_zoom)

    def _follow(self) -> None:
        self._share_zoom()
        # Whoever watches the motion shall not see the picture move.
        if not self._settings.follow or self._player.transport.playing or self._look is None:
            return
        action = self._window.coding.current
        self._look_at(self._player.current, self._look, action)
        beside: FaceLook | Comparison | None = self._player.neutral.comparison or self._neutral
        if beside is not None:
            self._look_at(self._player.neutral, beside, action)

    def _look_at(self, view: PictureView, picture: FaceLook | Comparison, action: str | None) -> None:
        box = part_of(picture, action)
        if box is None:
            return
        key = (action, view.width(), view.height(), None if picture.rgb is None else picture.rgb.shape)
        before = self._followed.get(view)
        if before is not None and before[0] == key and _is_near(box, before[1]):
            return
        self._followed[view] = (key, box)
        view.look_at(box)


def _is_near(box: NDArray[np.float64], before: NDArray[np.float64]) -> bool:
    """Whether a part of a picture lies about where it was."""
    return bool(np.abs(box - before).max() <= _STILL * (before[2:] - before[:2]).max())
