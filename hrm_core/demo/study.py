"""The demo study: six invented children, their recordings and their frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hrm_core.demo.canvas import Image
from hrm_core.demo.dynamics import RARE_ACTIONS, Recording, simulate_recording
from hrm_core.demo.expression import Expression, Intensities
from hrm_core.demo.face import draw_face
from hrm_core.demo.identity import Identity, draw_identities
from hrm_core.demo.landmarks import landmarks
from hrm_core.records.face import Face

__all__ = ["FPS", "SEXES", "DemoParticipant", "plan_study", "render_frame", "render_neutral", "true_face"]

FPS = 30
"""Frames per second of every demo video."""

SEXES: tuple[Literal["F", "M"], ...] = ("M", "F", "M", "F", "M", "F")
"""Sex of participants 1-6."""

_GROUPS: tuple[Literal["ASD", "TD"], ...] = ("ASD", "ASD", "ASD", "ASD", "TD", "TD")
_ONE_SIDED = {"ASD": 0.22, "TD": 0.08}


@dataclass(frozen=True, slots=True, eq=False)
class DemoParticipant:
    """One invented child of the demo study.

    Attributes
    ----------
    code : str
        ``"1"`` to ``"6"``.
    group : {"ASD", "TD"}
        Autistic or typically developing.
    sex : {"F", "M"}
        Sex.
    age_years : float
        2-12.
    identity : Identity
        How the child looks.
    recording : Recording
        What its face does.
    """

    code: str
    group: Literal["ASD", "TD"]
    sex: Literal["F", "M"]
    age_years: float
    identity: Identity
    recording: Recording

    @property
    def fps(self) -> int:
        """Frames per second."""
        return FPS

    @property
    def n_frames(self) -> int:
        """Number of frames of the video."""
        return len(self.recording.codes)

    @property
    def intensities(self) -> Intensities:
        """Strength of each action, float32 of shape (n_frames, 35, 4)."""
        return self.recording.intensities

    @property
    def truth(self) -> NDArray[np.uint8]:
        """Ground-truth codes 0-5 of shape (n_frames, 35), actions as in ``facs.ALL_ACTIONS``."""
        return self.recording.codes

    @property
    def clips(self) -> tuple[tuple[int, int], ...]:
        """First and last frame (included) of each segment with expressions."""
        return self.recording.clips

    @property
    def neutral_frame(self) -> int:
        """Number of a frame without any action."""
        return self.recording.neutral_frame


def plan_study(seed: int = 0, n_frames: int = 630) -> tuple[DemoParticipant, ...]:
    """Invent the whole study.

    Parameters
    ----------
    seed : int
        Same seed, same study to the last byte.
    n_frames : int
        Frames of each video, at least 300.

    Returns
    -------
    tuple of DemoParticipant
        Six children, four ASD and two TD in an order that does not give the group away.

    Raises
    ------
    ValueError
        If `n_frames` is too short.
    """
    rng = np.random.default_rng([seed, 0])
    groups = [_GROUPS[place] for place in rng.permutation(len(_GROUPS))]
    # Spread over the study's range, so that six children are not all of one age.
    ages = (rng.permutation(np.linspace(2.8, 11.2, len(SEXES))) + rng.uniform(-0.7, 0.7, len(SEXES))).round(1)
    looks = draw_identities(seed, SEXES)
    rare = _share_rare(rng, len(SEXES))
    return tuple(
        DemoParticipant(
            code=str(place + 1),
            group=groups[place],
            sex=SEXES[place],
            age_years=float(ages[place]),
            identity=looks[place],
            recording=simulate_recording([seed, 2, place], n_frames, rare[place], _ONE_SIDED[groups[place]]),
        )
        for place in range(len(SEXES))
    )


def render_frame(participant: DemoParticipant, number: int) -> Image:
    """Draw one frame of a participant's video.

    Parameters
    ----------
    participant : DemoParticipant
        Who.
    number : int
        Frame number, 0-based.

    Returns
    -------
    ndarray of uint8, shape (640, 640, 3)
        RGB; the same bytes each time.

    Raises
    ------
    IndexError
        If the video has no such frame.
    """
    if not 0 <= number < participant.n_frames:
        raise IndexError(f"frame {number} is outside 0-{participant.n_frames - 1}")
    face = Expression(participant.intensities[number])
    return draw_face(participant.identity, face, number / FPS)


def render_neutral(participant: DemoParticipant) -> Image:
    """Draw a participant at rest, as in its neutral frame.

    Parameters
    ----------
    participant : DemoParticipant
        Who.

    Returns
    -------
    ndarray of uint8, shape (640, 640, 3)
        RGB.
    """
    return render_frame(participant, participant.neutral_frame)


def true_face(participant: DemoParticipant, number: int) -> Face:
    """Where the face is in the frame that :func:`render_frame` draws.

    Parameters
    ----------
    participant : DemoParticipant
        Who.
    number : int
        Frame number, 0-based.

    Returns
    -------
    Face
        In pixels of the frame; see :func:`hrm_core.demo.landmarks`.

    Raises
    ------
    IndexError
        If the video has no such frame.
    """
    if not 0 <= number < participant.n_frames:
        raise IndexError(f"frame {number} is outside 0-{participant.n_frames - 1}")
    return landmarks(participant.identity, Expression(participant.intensities[number]), number / FPS)


def _share_rare(rng: np.random.Generator, count: int) -> list[list[str]]:
    """Give every rare action to one child, dealt round so that each gets one or two."""
    shares: list[list[str]] = [[] for _ in range(count)]
    for place, action in enumerate(rng.permutation(len(RARE_ACTIONS))):
        shares[place % count].append(RARE_ACTIONS[action])
    return shares
