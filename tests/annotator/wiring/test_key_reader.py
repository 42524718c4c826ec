"""Every command by its key in both profiles, and what is typed on its way to a code."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from hrm_annotator.actions.ids import toggle
from hrm_annotator.actions.profiles import Profile, default_keys
from hrm_annotator.actions.table import COMMANDS, ActionId
from hrm_annotator.dialogs.command_palette import CommandPalette
from hrm_annotator.session import score_text
from hrm_annotator.wiring.key_reader import FRAME_WINDOW
from hrm_core.facs import ACTIONS, INTENSITIES, Code, action, format_score, parse_score
from tests.support.window import Seat

LETTERS = {Code.LEFT: "l", Code.RIGHT: "r", Code.UPPER: "t", Code.LOWER: "b"}


@pytest.fixture
def numbers(new_seat: Callable[..., Seat], study: Path) -> Seat:
    """A coder who types FACS numbers."""
    seat = new_seat(key_profile=Profile.FACS_NUMBERS.value)
    seat.open(study)
    return seat


@pytest.fixture(params=Profile)
def counted(
    request: pytest.FixtureRequest, new_seat: Callable[..., Seat], study: Path
) -> tuple[Seat, Counter[str]]:
    """A coder in each profile, and a count of the commands given instead of their effects."""
    seat = new_seat(key_profile=request.param.value)
    seat.open(study)
    given_commands: Counter[str] = Counter()
    for name, entry in seat.window.actions_by_id.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # nobody listens to some of them
            entry.triggered.disconnect()
        entry.triggered.connect(lambda _=False, name=name: given_commands.update([name]))
    return seat, given_commands


def test_every_command_is_given_once_by_each_of_its_keys(counted: tuple[Seat, Counter[str]]) -> None:
    seat, given_commands = counted
    profile = seat.program.keys.bindings.profile
    keys = [(name, keys) for name in COMMANDS for keys in default_keys(profile, name)]
    assert len(keys) > 120
    for name, choice in keys:
        given_commands.clear()
        seat.window.actions_by_id[name].setEnabled(True)  # faces are looked for in the background
        seat.strokes(choice)
        if seat.coding._waiting.text():
            assert not given_commands
            seat.press(Qt.Key.Key_Return)
        assert given_commands == {name: 1}, f"{choice} of {name}"


def test_a_held_key_repeats_only_what_may_be_repeated(counted: tuple[Seat, Counter[str]]) -> None:
    seat, given_commands = counted
    profile = seat.program.keys.bindings.profile
    seat.hold(Qt.Key.Key_Right, 5)
    seat.hold(Qt.Key.Key_Q if profile is Profile.FACE_MAP else Qt.Key.Key_5, 5)
    seat.hold(Qt.Key.Key_Slash, 5)
    pressed = toggle("AU1" if profile is Profile.FACE_MAP else "AU5")
    assert given_commands == {ActionId.NEXT_FRAME: 5, pressed: 1, ActionId.DOUBTFUL_CODE: 1}


def send(seat: Seat, key: int, text: str, scan_code: int, modifiers: int = 0) -> None:
    """A stroke as a system hands it over: offered first, then given."""
    target = QApplication.focusWidget() or seat.window
    held = Qt.KeyboardModifier(modifiers)
    for kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
        event = QKeyEvent(kind, key, held, scan_code, 0, 0, text)
        event.setAccepted(False)
        QApplication.sendEvent(target, event)
        assert event.isAccepted()


def test_the_face_map_is_played_by_place(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QGuiApplication, "platformName", staticmethod(lambda: "xcb"))
    send(seat, Qt.Key.Key_A.value, "a", 16 + 8)  # AZERTY, where a US keyboard has Q
    send(seat, Qt.Key.Key_Eacute.value, "é", 3 + 8)  # and 2
    send(seat, 0x424, "ф", 30 + 8)  # Cyrillic, where a US keyboard has A
    assert seat.codes() == {"AU1": Code.LEFT, "AU12": Code.BOTH}


def test_an_input_method_swallows_no_code(seat: Seat) -> None:
    target = QApplication.focusWidget()
    canvas: list[QWidget] = [seat.window, seat.player.current, seat.coding, *seat.coding._boxes.values()]
    assert target in canvas
    for widget in canvas:
        assert not widget.inputMethodQuery(Qt.InputMethodQuery.ImEnabled)
    typed = QInputMethodEvent("ni", [])
    QApplication.sendEvent(target, typed)
    done = QInputMethodEvent()
    done.setCommitString("你")
    QApplication.sendEvent(target, done)
    assert seat.codes() == {}
    QTest.keyClick(target, Qt.Key.Key_A)
    send(seat, 0xFF12, "２", 0)  # full width, as a Chinese layout types it
    assert seat.codes() == {"AU12": Code.LEFT}


def test_what_waits_is_shown_and_settled_by_the_next_thing_done(numbers: Seat) -> None:
    seat, frame = numbers, numbers.session.frame
    shown = seat.coding._waiting
    seat.press("1")
    assert (shown.isVisible(), shown.text(), seat.codes()) == (True, "1…", {})
    seat.press(Qt.Key.Key_Return)
    assert (shown.isVisible(), seat.codes(), seat.session.frame) == (False, {"AU1": 1}, frame)
    seat.type("1")
    seat.press(Qt.Key.Key_Backspace)
    seat.type("1")
    seat.press(Qt.Key.Key_Escape)
    assert seat.codes() == {"AU1": 1}
    seat.type("2l")
    seat.type("4")
    seat.click("AU12")
    assert seat.codes() == {"AU1": 1, "AU2": 2, "AU4": 1, "AU12": 1}
    seat.type("1")
    seat.press(Qt.Key.Key_Right)
    seat.wait_frame(frame + 1)
    assert seat.codes() == {}
    assert {code.action for code in seat.on_disk()[frame].codes} == {"AU2", "AU4", "AU12"}
    seat.type("2")
    seat.player.transport.go_to(frame + 5)  # the film goes on by itself
    seat.wait_frame(frame + 5)
    assert [code.action for code in seat.on_disk()[frame + 1].codes] == ["AU2"]


def test_what_is_no_action_is_refused_in_words(numbers: Seat) -> None:
    seat, frame = numbers, numbers.session.frame
    for typed in ("38", "41", "00"):
        seat.type(typed)
        assert f"There is no action {typed}" in seat.message
    seat.type("3")
    seat.press(Qt.Key.Key_Right)
    assert "There is no action 3:" in seat.message
    assert seat.session.frame == frame
    seat.type("3")
    seat.player.transport.go_to(frame + 1)
    seat.wait_frame(frame + 1)
    assert "There is no action 3:" in seat.message
    assert seat.codes() == {}
    seat.type("21")
    assert "not among the actions of this study" in seat.message


def test_fields_dialogs_and_other_windows_keep_their_keys(numbers: Seat) -> None:
    seat = numbers
    seat.session.clear_codes()
    seat.coding._note.setFocus()
    seat.type("5l 12 ;.")
    assert seat.coding._note.text() == "5l 12 ;."
    seat.press(Qt.Key.Key_Return)
    seat.press(Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    seat.wait(lambda: isinstance(QApplication.activeWindow(), CommandPalette))
    QTest.keyClick(QApplication.focusWidget(), "5")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    seat.wait(lambda: QApplication.activeModalWidget() is None)
    for name, codes in (("another", {}), (FRAME_WINDOW, {"AU5": 1})):
        other = QMainWindow(seat.window)
        other.setObjectName(name)
        with seat.qtbot.waitActive(other):
            other.show()
            other.activateWindow()
        QTest.keyClick(other, "5")
        assert seat.codes() == codes, name
        other.close()
        other.deleteLater()


def test_a_command_that_cannot_be_given_says_why(new_seat: Callable[..., Seat]) -> None:
    seat = new_seat()
    seat.press("a")
    assert seat.message == "AU12 Lip Corner Puller: open a recording first."


@st.composite
def scores(draw: st.DrawFn) -> tuple[str, str]:
    """A score as experts write it, and the keys that type it."""
    written, typed = [], ""
    chosen = draw(st.lists(st.sampled_from([entry.key for entry in ACTIONS]), max_size=6, unique=True))
    for key in chosen:
        entry = action(key)
        number = draw(st.sampled_from(COMMANDS[toggle(key)].number_keys)).replace(", ", "")
        code = draw(st.sampled_from(sorted(entry.sides)))
        intensity = draw(st.sampled_from(["", *INTENSITIES]))
        letters = LETTERS.get(code, "")
        # B alone means the lower part where there can be one and no side is said.
        shifted = intensity == "B" and (draw(st.booleans()) or (not letters and entry.allows(Code.LOWER)))
        letters += "⇧" if shifted else intensity.lower()
        end = "" if letters else draw(st.sampled_from("+\r") if number in ("1", "2", "4") else st.just(""))
        typed += number + letters + end
        written.append(f"{code.prefix}{entry.number}{intensity}")
    return "+".join(written) or "0", typed


def test_typed_numbers_code_what_the_written_score_says(numbers: Seat) -> None:
    seat = numbers

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(scores())
    def check(score: tuple[str, str]) -> None:
        written, typed = score
        seat.session.clear_codes()
        for stroke in typed:
            if stroke == "⇧":
                seat.strokes("Shift+B")
            else:
                seat.press(Qt.Key.Key_Return if stroke == "\r" else stroke)
        assert score_text(seat.session.coding()) == format_score(parse_score(written))
        assert seat.session.frame == 10

    check()


def test_what_waits_does_not_join_what_is_typed_after_another_window(numbers: Seat) -> None:
    numbers.press("1")
    other = QWidget()
    numbers.qtbot.addWidget(other)
    other.show()
    for window in (other, numbers.window):
        with numbers.qtbot.waitActive(window):
            window.activateWindow()
    assert numbers.codes() == {"AU1": 1}
    numbers.press("2")
    assert "AU12" not in numbers.codes()


def test_keys_that_change_codes_do_not_act_from_text_fields(seat: Seat) -> None:
    control, shift, alt = (
        getattr(Qt.KeyboardModifier, f"{name}Modifier") for name in ("Control", "Shift", "Alt")
    )
    seat.press("a")
    for key in "[]":
        seat.press(key)
    before = dict(seat.session.coded_frames())
    for field in ((";", Qt.KeyboardModifier.NoModifier), ("L", control), ("G", control)):
        seat.player.current.setFocus()
        seat.press(*field)
        inside = QApplication.focusWidget()
        assert inside is not seat.player.current
        for key, held in (
            (Qt.Key.Key_Delete, control),
            (Qt.Key.Key_D, control),
            (Qt.Key.Key_D, control | shift),
            (Qt.Key.Key_Left, alt),
            (Qt.Key.Key_Right, alt),
        ):
            QTest.keyClick(inside, key, held)
            assert seat.session.coded_frames() == before
