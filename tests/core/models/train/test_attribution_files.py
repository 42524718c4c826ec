"""Files of attributions come back as they were written, and damaged ones are told in a sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hrm_core.errors import InvalidFileError
from hrm_core.models.train.attribution_files import attribution_file, read_attributions, write_attributions
from hrm_core.records.attributions import ClipAttribution


def test_every_damaged_byte_is_told_or_harmless(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(4, 2)).astype(np.float32)
    clip = ClipAttribution("P", "v", 3, 6, "gru", 1.0, 0.0, ("AU1", "AU2"), values, 2.0, 1, "run-1")
    path = attribution_file(tmp_path / "run-1", "gru", 7)
    write_attributions(path, "Ada", [clip], ["abc"])
    whole = path.read_bytes()
    back = read_attributions(path)
    np.testing.assert_array_equal(back.clips[0].values, values)
    assert (back.coder, back.codes) == ("Ada", ("abc",))
    told = []
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            np.testing.assert_array_equal(read_attributions(path).clips[0].values, values)
        except InvalidFileError as error:
            told.append(str(error))
    assert len(told) > len(whole) / 2
    assert all("hrm analyze attributions --run run-1" in sentence for sentence in told)
