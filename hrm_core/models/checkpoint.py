"""Weights of a network from a file, in every wrapping in which they are published."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

__all__ = ["LoadReport", "load_checkpoint"]


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What came of loading a file.

    Attributes
    ----------
    network : str
        Name of the network.
    num_actions : int
        How many actions its head has.
    wrapping : str
        How the weights lay in the file, for a person: ``"model, with prefix module."``.
    loaded : tuple of str
        Keys of the network that were filled from the file.
    resized : tuple of str
        Those of them that had to be brought to another size (position embeddings).
    skipped : tuple of str
        Keys of the file that the network has no use for.
    missing : tuple of str
        Keys of the network that the file does not have: they are as they were before.
    adapted : tuple of str
        What was changed about the network to suit the file, a sentence each.
    """

    network: str
    num_actions: int
    wrapping: str
    loaded: tuple[str, ...]
    resized: tuple[str, ...]
    skipped: tuple[str, ...]
    missing: tuple[str, ...]
    adapted: tuple[str, ...]


def load_checkpoint(model: nn.Module, path: Path | str, *, new_head: bool = False) -> LoadReport:
    """Fill a network from a file."""
    raise NotImplementedError
