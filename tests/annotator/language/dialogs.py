"""Every dialog that can be made without a study behind it."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtWidgets import QWidget

from hrm_annotator.actions.bindings import Bindings
from hrm_annotator.actions.profiles import Profile
from hrm_annotator.dialogs.change_keys import ChangeKeysDialog
from hrm_annotator.dialogs.coder_name import CoderNameDialog
from hrm_annotator.dialogs.command_palette import CommandPalette
from hrm_annotator.dialogs.conflict import ConflictDialog
from hrm_annotator.dialogs.exclude_clip import ExcludeClipDialog
from hrm_annotator.dialogs.eyes_to_review import EyesToReview
from hrm_annotator.dialogs.key_profile import KeyProfileDialog
from hrm_annotator.dialogs.key_sheet import KeySheet
from hrm_annotator.dialogs.neutral_picker import NeutralPicker
from hrm_annotator.dialogs.new_project import NewProjectDialog
from hrm_annotator.main_window import MainWindow
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding
from hrm_core.records.recording import Clip
from hrm_core.workflows.choose_neutral import NeutralProposal

__all__ = ["every_dialog"]


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
    ]
    for dialog in made:
        dialog.show()
        yield dialog
        dialog.hide()
        dialog.deleteLater()
