"""Synthetic models: cards and bytes of our own, which no network could run."""

from __future__ import annotations

import hashlib
import io
import json
import random
import zipfile
from pathlib import Path

__all__ = ["LARGE", "MEMBERS", "PACK", "SINGLE", "sha256", "write_cards", "zipped"]

SINGLE = random.Random(1).randbytes(300_000)
LARGE = random.Random(2).randbytes(200_000)
MEMBERS = {"det.onnx": random.Random(3).randbytes(70_000), "points.onnx": random.Random(4).randbytes(90_000)}


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip archive of these files, always the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


PACK = zipped({**MEMBERS, "recognises.onnx": LARGE})


def sha256(content: bytes) -> str:
    """SHA-256 as cards write it."""
    return hashlib.sha256(content).hexdigest()


def write_cards(folder: Path, pack: bytes = PACK, members: dict[str, bytes] | None = None) -> Path:
    """Cards of ``single`` (one file) and ``pack`` (an archive) in a folder."""
    _write(folder, "single", [("single.onnx", SINGLE)], {}, commercial_use=True)
    _write(
        folder, "pack", [("pack.zip", pack)], MEMBERS if members is None else members, commercial_use=False
    )
    return folder


def _write(
    folder: Path,
    name: str,
    files: list[tuple[str, bytes]],
    members: dict[str, bytes],
    *,
    commercial_use: bool,
) -> None:
    lines = [
        f"name = {json.dumps(name)}",
        'kind = "synthetic detector"',
        f'what = "a synthetic {name}"',
        'source = "https://example.org/synthetic"',
        "[licence]",
        'name = "Test-1.0"',
        'summary = ["You may test with it."]',
        'url = "https://example.org/licence"',
        f"commercial_use = {json.dumps(commercial_use)}",
    ]
    for file, content in files:
        lines += ["[[file]]", f'url = "https://example.org/{file}"', *_facts(file, content)]
    for file, content in members.items():
        lines += ["[[file.member]]", *_facts(file, content)]
    (folder / name).mkdir(parents=True)
    (folder / name / "card.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _facts(name: str, content: bytes) -> list[str]:
    return [f'name = "{name}"', f"size_bytes = {len(content)}", f'sha256 = "{sha256(content)}"']
