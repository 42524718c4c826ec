"""What a shareable package of the study holds, in the words that leave the study."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "PackageFacts",
    "ReleasedChild",
    "ReleasedRecording",
    "ToldOfChild",
]


@dataclass(frozen=True, slots=True)
class ToldOfChild:
    """What is told of a child.

    Attributes
    ----------
    group : str
        ``""`` if it is withheld or not known.
    sex : str
        ``"F"``, ``"M"``, or ``""`` if it is withheld or not known.
    years : (int, int) or None
        First and last completed year of the band of ages; None if it is withheld or not known.
    """

    group: str = ""
    sex: str = ""
    years: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class ReleasedChild:
    """A child, under the code of the release.

    Attributes
    ----------
    code : str
        Drawn at random.
    told : ToldOfChild
        What is told.
    """

    code: str
    told: ToldOfChild


@dataclass(frozen=True, slots=True)
class ReleasedRecording:
    """A recording, under the codes of the release.

    Attributes
    ----------
    child, code : str
        Drawn at random.
    frames : int
        Coded frames.
    not_codable : int
        Frames that were looked at and could not be coded.
    with_models : int
        Coded frames that a model's suggestions had a part in.
    fps : float or None
        Mean frames per second.
    width, height : int or None
        Of the pictures, in pixels.
    mirrored : bool
        Whether the child's left is on the viewer's left.
    features : tuple of str
        Whose face features are in the package: ``"faces"``, ``"openface"``, ``"pyfeat"``.
    pictures : int
        Pictures with covered eyes in the package.
    withheld : int
        Pictures that are not, because the eyes could not be located.
    """

    child: str
    code: str
    frames: int
    not_codable: int
    with_models: int
    fps: float | None = None
    width: int | None = None
    height: int | None = None
    mirrored: bool = False
    features: tuple[str, ...] = ()
    pictures: int = 0
    withheld: int = 0


@dataclass(frozen=True, slots=True)
class PackageFacts:
    """Everything that the descriptions of a package say.

    Attributes
    ----------
    name, version : str
        Of the data set.
    program : str
        What wrote it: ``"HRM Annotator 0.1.0"``.
    licence : str
        SPDX name or web address.
    creators : tuple of str
        Who made the data set.
    synthetic : bool
        Whether nothing in it is real.
    smallest_cell : int
        No cell is told of fewer children.
    left_out : str
        How many children are not in it, in words that tell no small number.
    actions : tuple of (str, str)
        Key and name of every action that the study codes.
    unseen : tuple of str
        Keys of actions that this coder could not see, because the eyes were kept from them.
    children : tuple of ReleasedChild
        By code.
    recordings : tuple of ReleasedRecording
        By child and code.
    """

    name: str
    version: str
    program: str
    licence: str
    creators: tuple[str, ...]
    synthetic: bool
    smallest_cell: int
    left_out: str
    actions: tuple[tuple[str, str], ...]
    unseen: tuple[str, ...]
    children: tuple[ReleasedChild, ...]
    recordings: tuple[ReleasedRecording, ...]

    @property
    def frames(self) -> int:
        """Coded frames in all."""
        return sum(entry.frames for entry in self.recordings)

    @property
    def pictures(self) -> int:
        """Pictures in all."""
        return sum(entry.pictures for entry in self.recordings)

    @property
    def features(self) -> tuple[str, ...]:
        """Whose face features are in it."""
        return tuple(sorted({source for entry in self.recordings for source in entry.features}))

    @property
    def licence_address(self) -> str:
        """Where the licence can be read."""
        if "://" in self.licence:
            return self.licence
        return f"https://spdx.org/licenses/{self.licence}.html"
