"""Draws the keys of a profile: caps coloured by part of the face, and a table of the rest.

The same drawing is the cheat sheet on the screen, the card on paper and, small, the
preview of a profile.  It is drawn in the units of its painter and grows with its width.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPalette, QPen

from hrm_annotator.actions.bindings import Bindings
from hrm_annotator.actions.command import without_letter
from hrm_annotator.actions.ids import TOGGLES, ActionId, toggle
from hrm_annotator.actions.menus import MENUS, commands_of
from hrm_annotator.actions.profiles import Profile
from hrm_annotator.actions.strokes import shown, split_strokes
from hrm_annotator.actions.table import COMMANDS
from hrm_annotator.language import mark, tr
from hrm_annotator.look.theme import mixed
from hrm_core.facs import ALL_ACTIONS, action

__all__ = ["REGIONS", "Cap", "KeyDrawing", "rest_of"]

REGIONS: Mapping[str, tuple[str, frozenset[str]]] = {
    "#56b4e9": (mark("Brows and eyes"), frozenset({"AU1", "AU2", "AU4", "AU5", "AU6", "AU7", "AU43"})),
    "#e69f00": (
        mark("Nose, corners of the mouth, chin"),
        frozenset({"AU9", "AU10", "AU12", "AU13", "AU14", "AU15", "AU20", "AU17", "AU16"}),
    ),
    "#cc79a7": (
        mark("Lips"),
        frozenset({"AU8", "AU18", "AU22", "AU23", "AU24", "AU25", "AU28", "AD37"}),
    ),
    "#009e73": (
        mark("Jaw, tongue, cheeks, neck"),
        frozenset({"AU2X", "AD19", "AU21", "AD29", "AD30", "AU31", "AD32", "AD33", "AD34", "AD35", "AD36"}),
    ),
}
"""Parts of the face and their actions, by the colour of their keys (Okabe and Ito, 2008)."""

_ROWS: Sequence[Sequence[tuple[str, float]]] = (
    (*((key, 1.0) for key in "`1234567890-="), ("Backspace", 2.0)),
    (("", 1.5), *((key, 1.0) for key in "QWERTYUIOP[]"), ("\\", 1.5)),
    (("", 1.75), *((key, 1.0) for key in "ASDFGHJKL;'"), ("Return", 2.25)),
    (("Shift", 2.25), *((key, 1.0) for key in "ZXCVBNM,./"), ("Shift", 2.75)),
    (("", 4.0), ("Space", 6.5), ("", 4.5)),
)
_UNITS = 15.0
_CAP_HEIGHT = 0.86
_LAST_ROW_HEIGHT = 0.5
_LOW = 0.6
_NUMBER_COLUMNS = 7
_NUMBER_HEIGHT = 0.72
_LETTERS = ("L", "R", "T", "B", "S", "A", "Shift+B", "C", "D", "E", "Del")
_LETTERS_TITLE = mark("Right after the number: the side, then the intensity")
_WAITING = mark(
    "Numbers act at once where no other begins with them. After 1, 2 or 4 press Enter or +, "
    "or just go on; 01, 02 and 04 act at once. Backspace drops what waits."
)
_CAPTIONS: Mapping[str, str] = {
    ActionId.RANGE_START: mark("Range starts"),
    ActionId.RANGE_END: mark("Range ends"),
    ActionId.MARK_APEX: mark("Apex here"),
    ActionId.PROPOSE_EXTENT: mark("Onset, offset"),
    ActionId.FILL_RANGE: mark("Fill the range"),
    ActionId.FILL_ACTION: mark("… with one action"),
    ActionId.COPY_PREVIOUS: mark("Frame before"),
    ActionId.CARRY_ON: mark("Carry on"),
    ActionId.ACCEPT_RUN: mark("Accept run"),
    ActionId.CORRECT_RUN: mark("Correct run"),
}
_ARROWS = {"Right": "→", "Left": "←", "Up": "↑", "Down": "↓", "Return": "Enter"}
_BY_PLACE = mark(
    "A key is meant by its place, whatever is printed on it. The same letter again takes the action off. "
    "The band at the foot of a key acts with Shift."
)
_TITLE_ROWS, _GAP_ROWS = 1.35, 0.45


@dataclass(frozen=True, slots=True)
class Cap:
    """What is written on a key.

    Attributes
    ----------
    key : str
        What is printed on the key itself.
    command, shifted : str
        Names of the commands that it has alone and with Shift; empty if none.
    large : bool
        Whether what is printed on the key is what matters.
    """

    key: str
    command: str = ""
    shifted: str = ""
    large: bool = False


def rest_of(bindings: Bindings) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Commands other than actions that have keys: title of the menu, then keys and words."""
    for title, entries in MENUS.items():
        rows = [
            (_short_keys(bindings.keys_of(name)), COMMANDS[name].words)
            for name in commands_of(entries)
            if name not in TOGGLES and bindings.keys_of(name)
        ]
        if rows:
            yield without_letter(tr(title)), rows


def _short_keys(keys: Sequence[str]) -> str:
    """Keys as they are printed on keyboards; Enter of the keypad is no key of its own there."""
    parted = (shown(key).split("+") for key in keys)
    return ", ".join(dict.fromkeys("+".join(_ARROWS.get(part, part) for part in parts) for parts in parted))


class KeyDrawing:
    """The keys of some bindings, to be painted on whatever is there.

    Parameters
    ----------
    bindings : Bindings
        What the keys do.
    palette : QPalette
        Colours of paper and ink.
    font : QFont
        Its family is used, its size is not.
    """

    def __init__(self, bindings: Bindings, palette: QPalette, font: QFont) -> None:
        self._bindings, self._palette, self._font = bindings, palette, font
        self._of_stroke = {
            keys: name
            for name, choices in bindings.all_keys().items()
            for keys in choices
            if len(split_strokes(keys)) == 1
        }

    # -- keys -----------------------------------------------------------------------

    def keys_height(self, width: float, *, notes: bool = True) -> float:
        """Height of the keys with a legend, painted in this width."""
        unit = width / _UNITS
        legend = 1.0 if notes else 0.0
        if self._bindings.profile is Profile.FACE_MAP:
            return unit * (4 * _CAP_HEIGHT + _LAST_ROW_HEIGHT + legend)
        rows = -(-len(ALL_ACTIONS) // _NUMBER_COLUMNS)
        return unit * ((rows + 1) * _NUMBER_HEIGHT + (0.35 + legend if notes else 0.1))

    def paint_keys(self, painter: QPainter, area: QRectF, *, notes: bool = True) -> None:
        """Paint the keys into an area as wide as :meth:`keys_height` was told."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(area.topLeft())
        unit = area.width() / _UNITS
        if self._bindings.profile is Profile.FACE_MAP:
            bottom = self._paint_keyboard(painter, unit, small=not notes)
        else:
            bottom = self._paint_numbers(painter, unit, small=not notes)
        if notes:
            self._paint_legend(painter, unit, bottom)
        painter.restore()

    def _paint_keyboard(self, painter: QPainter, unit: float, *, small: bool) -> float:
        top = 0.0
        for row in _ROWS:
            left = 0.0
            height = _LAST_ROW_HEIGHT if row is _ROWS[-1] else _CAP_HEIGHT
            for key, width in row:
                box = QRectF(left * unit, top * unit, width * unit, height * unit)
                if key or row is not _ROWS[-1]:
                    self._paint_cap(painter, box, self._cap(key), unit, small=small)
                left += width
            top += height
        return top * unit

    def _cap(self, key: str) -> Cap:
        if key == "Shift":
            return Cap("⇧")
        words = {"Return": "Enter", "Space": tr("Space"), "Backspace": "⌫"}.get(key, key)
        return Cap(words, self._of_stroke.get(key, ""), self._of_stroke.get(f"Shift+{key}", ""))

    def _paint_numbers(self, painter: QPainter, unit: float, *, small: bool) -> float:
        width = _UNITS / _NUMBER_COLUMNS
        for place, entry in enumerate(ALL_ACTIONS):
            row, column = divmod(place, _NUMBER_COLUMNS)
            box = QRectF(
                column * width * unit, row * _NUMBER_HEIGHT * unit, width * unit, _NUMBER_HEIGHT * unit
            )
            name = toggle(entry.key)
            keys = ", ".join(map(shown, self._bindings.keys_of(name)))
            self._paint_cap(painter, box, Cap("" if keys == entry.number else keys, name), unit, small=small)
        top = (place // _NUMBER_COLUMNS + 1) * _NUMBER_HEIGHT
        if not small:
            line = QRectF(0, top * unit, _UNITS * unit, 0.35 * unit)
            self._write(painter, line, tr(_LETTERS_TITLE), 0.17 * unit, faded=True)
        top += 0.1 if small else 0.35
        letters = [stroke for stroke in _LETTERS if stroke in self._of_stroke]
        for place, stroke in enumerate(letters):
            width = _UNITS / max(len(letters), 1)
            box = QRectF(place * width * unit, top * unit, width * unit, _NUMBER_HEIGHT * unit)
            self._paint_cap(
                painter, box, Cap(shown(stroke), self._of_stroke[stroke], large=True), unit, small=small
            )
        return (top + _NUMBER_HEIGHT) * unit

    def _paint_cap(self, painter: QPainter, box: QRectF, cap: Cap, unit: float, *, small: bool) -> None:
        gap = 0.035 * unit
        box = box.adjusted(gap, gap, -gap, -gap)
        painter.setPen(QPen(self._colour(QPalette.ColorRole.Mid), max(0.012 * unit, 0.5)))
        painter.setBrush(self._fill(cap.command))
        painter.drawRoundedRect(box, 0.08 * unit, 0.08 * unit)
        inner = box.adjusted(0.06 * unit, 0.03 * unit, -0.05 * unit, -0.03 * unit)
        if small:
            words = action(TOGGLES[cap.command]).label if cap.command in TOGGLES else ""
            self._write(painter, inner, words, 0.36 * unit, bold=True, align=Qt.AlignmentFlag.AlignCenter)
            return
        key_line = QRectF(inner.left(), inner.top(), inner.width(), (0.34 if cap.large else 0.22) * unit)
        low = box.height() < _LOW * unit
        align = Qt.AlignmentFlag.AlignRight if low else Qt.AlignmentFlag.AlignVCenter
        size = (0.25 if cap.large else 0.17) * unit
        self._write(painter, key_line, cap.key, size, bold=cap.large, faded=not cap.large, align=align)
        shift_height = 0.2 * unit if cap.shifted else 0.0
        if cap.shifted:
            line = QRectF(box.left(), box.bottom() - shift_height, box.width(), shift_height)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._fill(cap.shifted, deeper=True))
            painter.drawRoundedRect(
                line.adjusted(0.01 * unit, 0, -0.01 * unit, -0.01 * unit), 0.05 * unit, 0.05 * unit
            )
            line.adjust(0.05 * unit, 0, -0.03 * unit, 0)
            self._write(painter, line, _short(cap.shifted), 0.125 * unit)
        self._paint_meaning(painter, inner.adjusted(0, 0, 0, -shift_height), cap.command, unit)

    def _paint_meaning(self, painter: QPainter, inner: QRectF, name: str, unit: float) -> None:
        if name in TOGGLES:
            entry = action(TOGGLES[name])
            head = QRectF(inner.left(), inner.top(), inner.width(), 0.34 * unit)
            self._write(painter, head, entry.label, 0.29 * unit, bold=True, align=Qt.AlignmentFlag.AlignRight)
            words, size = tr(entry.short), 0.125 if self._bindings.profile.by_place else 0.15
        else:
            words, size = _short(name) if name else "", 0.13
        body = inner.adjusted(0, 0.3 * unit if inner.height() > 0.5 * unit else 0, 0, 0)
        self._write(painter, body, words, size * unit, align=Qt.AlignmentFlag.AlignBottom, wrap=True)

    def _paint_legend(self, painter: QPainter, unit: float, top: float) -> None:
        left, line = 0.0, 0.4 * unit
        for colour, (words, _) in REGIONS.items():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._tint(colour))
            painter.drawRoundedRect(
                QRectF(left + 0.04 * unit, top + 0.13 * unit, 0.2 * unit, 0.2 * unit),
                0.04 * unit,
                0.04 * unit,
            )
            box = QRectF(left + 0.32 * unit, top + 0.03 * unit, _UNITS * unit, line)
            left = 0.32 * unit + left + self._write(painter, box, tr(words), 0.17 * unit) + 0.4 * unit
        by_place = self._bindings.profile.by_place
        note = QRectF(0.04 * unit, top + 0.42 * unit, _UNITS * unit, 0.45 * unit)
        words = tr(_BY_PLACE) if by_place else tr(_WAITING)
        self._write(painter, note, words, 0.17 * unit, faded=True, wrap=True)

    # -- table ----------------------------------------------------------------------

    def rows(self) -> int:
        """Lines of the table: its entries, and a title for each menu."""
        return sum(1 + len(entries) for _, entries in rest_of(self._bindings))

    def _columns(self, columns: int) -> tuple[list[list[tuple[str, str]]], float]:
        """Entries per column (title lines have no keys), and the height of the longest in lines."""
        groups = list(rest_of(self._bindings))
        whole = sum(_TITLE_ROWS + len(entries) + _GAP_ROWS for _, entries in groups)
        limit = whole / columns
        filled: list[list[tuple[str, str]]] = [[]]
        height, longest = 0.0, 0.0
        for title, entries in groups:
            for place, entry in enumerate(entries):
                # A title never stands at the foot of a column, and goes on at the head of the next.
                if height >= (limit if place else limit - 3) and len(filled) < columns:
                    filled.append([("", title)] if place else [])
                    height = _TITLE_ROWS if place else 0.0
                if not place:
                    filled[-1].append(("", title))
                    height += _TITLE_ROWS
                filled[-1].append(entry)
                height += 1
                longest = max(longest, height)
            height += _GAP_ROWS
        return filled, longest

    def table_height(self, line: float, columns: int) -> float:
        """Height of the table with lines this high in so many columns."""
        return self._columns(columns)[1] * line

    def paint_table(self, painter: QPainter, area: QRectF, line: float, columns: int) -> None:
        """Paint the table of everything that is no action."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        gap = 1.2 * line
        width = (area.width() - gap * (columns - 1)) / columns
        for place, entries in enumerate(self._columns(columns)[0]):
            top = area.top()
            left = area.left() + place * (width + gap)
            for keys, words in entries:
                if not keys:
                    first = top == area.top()
                    top += 0 if first else _GAP_ROWS * line
                    box = QRectF(left, top, width, line * _TITLE_ROWS)
                    self._write(painter, box, words, 0.8 * line, bold=True)
                    top += line * _TITLE_ROWS
                    continue
                split = 0.4 * width
                self._write(
                    painter, QRectF(left, top, split - 0.3 * line, line), keys, 0.66 * line, bold=True
                )
                self._write(painter, QRectF(left + split, top, width - split, line), words, 0.68 * line)
                top += line
        painter.restore()

    # -- ink --------------------------------------------------------------------------

    def _write(
        self,
        painter: QPainter,
        box: QRectF,
        words: str,
        size: float,
        *,
        bold: bool = False,
        faded: bool = False,
        wrap: bool = False,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignVCenter,
    ) -> float:
        """Write words into a box, smaller or cut where it is too narrow; the width they took."""
        font = QFont(self._font)
        font.setBold(bold)
        painter.setPen(
            self._colour(QPalette.ColorRole.PlaceholderText if faded else QPalette.ColorRole.WindowText)
        )
        # Fractions of a pixel count: the same drawing is printed, where a pixel is large.
        for share in (1.0, 0.92, 0.84, 0.76, 0.7):
            font.setPointSizeF(size * share * 72 / max(painter.device().logicalDpiY(), 1))
            painter.setFont(font)
            metrics = painter.fontMetrics()
            flags = align.value | (
                Qt.TextFlag.TextWordWrap.value if wrap else Qt.TextFlag.TextSingleLine.value
            )
            needed = metrics.boundingRect(box.toRect(), flags, words)
            if needed.width() <= box.width() and (not wrap or needed.height() <= box.height()):
                break
        else:
            if not wrap:
                words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, int(box.width()))
        if not wrap and align is not Qt.AlignmentFlag.AlignCenter:
            flags |= Qt.AlignmentFlag.AlignVCenter.value
        painter.drawText(box, flags, words)
        return float(metrics.horizontalAdvance(words))

    def _fill(self, name: str, *, deeper: bool = False) -> QColor:
        key = TOGGLES.get(name, "")
        colour = next((colour for colour, (_, members) in REGIONS.items() if key in members), "")
        if not colour:
            surface = self._colour(QPalette.ColorRole.Button)
            return mixed(surface, self._colour(QPalette.ColorRole.Mid), 0.25) if deeper else surface
        return self._tint(colour, 0.45 if deeper else 0.3)

    def _tint(self, colour: str, share: float = 0.3) -> QColor:
        return mixed(self._colour(QPalette.ColorRole.Button), QColor(colour), share)

    def _colour(self, role: QPalette.ColorRole) -> QColor:
        return self._palette.color(role)


def _short(name: str) -> str:
    if name in TOGGLES:
        entry = action(TOGGLES[name])
        return f"{entry.label} {tr(entry.short)}"
    return tr(_CAPTIONS[name]) if name in _CAPTIONS else COMMANDS[name].words
