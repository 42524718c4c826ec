from __future__ import annotations

import numpy as np

from hrm_core.demo import draw_contact_sheet
from hrm_core.facs import ALL_ACTIONS


def test_the_sheet_has_a_tile_for_every_side() -> None:
    sheet = draw_contact_sheet(0)
    tiles = 1 + sum(len(entry.sides) for entry in ALL_ACTIONS)

    assert sheet.dtype == np.uint8
    assert sheet.shape[1:] == (2394, 3)
    assert sheet.shape[0] > -(-tiles // 10) * 300
    assert sheet[5, 5].min() > 240
