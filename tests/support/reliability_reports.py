"""Synthetic reports of reliability: numbers of the right shape, measured on nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from hrm_core.facs import ACTIONS, Action
from hrm_core.records.agreement import (
    ActionAgreement,
    AgreementOptions,
    Average,
    Confusion,
    Disagreement,
    DriftPoint,
    Dropped,
    Estimate,
    EventAgreement,
    PairAgreement,
    RecordingPart,
    ReliabilityReport,
    Shift,
    Source,
    SourceKind,
)

MADE_ON = datetime(2026, 8, 1, 12, 30, tzinfo=UTC)
ANNA = Source(SourceKind.RATER, "Anna", "Anna")
BEN = Source(SourceKind.RATER, "Ben", "Ben")
OPENFACE = Source(SourceKind.TOOL, "openface", "OpenFace")
PYFEAT = Source(SourceKind.TOOL, "pyfeat", "Py-Feat", threshold=0.5)

NOT_OF_OPENFACE = "OpenFace has no such action"
NEVER_USED = "no variance: neither source ever used it"
# Tools know few actions, and nobody ever saw these.
_UNSEEN = {"AU13", "AD33", "AD36"}
_OF_TOOLS = {"AU1", "AU2", "AU4", "AU5", "AU6", "AU7", "AU9", "AU10", "AU12", "AU14", "AU15", "AU17", "AU20"}
_FRAMES = 12_345


def a_report(
    *,
    pairs: Sequence[tuple[Source, Source]] = ((ANNA, BEN), (ANNA, OPENFACE), (BEN, OPENFACE), (ANNA, PYFEAT)),
    actions: Sequence[Action] = ACTIONS,
    recordings: int = 7,
    made_on: datetime | None = MADE_ON,
    study: str = "Synthetic study",
) -> ReliabilityReport:
    """As of a study with two experts and two tools."""
    return ReliabilityReport(
        study=study,
        synthetic=True,
        pairs=tuple(
            a_pair(*pair, seed=seed, actions=actions, recordings=recordings)
            for seed, pair in enumerate(pairs)
        ),
        options=AgreementOptions(),
        versions={"HRM Annotator": "0.1.0", "Python": "3.12.0", "NumPy": "2.3.0"},
        made_on=made_on,
    )


def a_pair(
    first: Source = ANNA,
    second: Source = BEN,
    *,
    seed: int = 0,
    actions: Sequence[Action] = ACTIONS,
    recordings: int = 7,
) -> PairAgreement:
    """One pair; with sides, intensity, drift, shifts and disagreements."""
    rng = np.random.default_rng(seed)
    tool = second.kind is SourceKind.TOOL
    rows = tuple(an_action(entry, rng, second.label if tool else "") for entry in actions)
    told = [row.icc.value for row in rows if row.icc.value is not None]
    absent = tuple(row.action for row in rows if row.icc.value is None)
    ways = {"mean": np.mean(told), "median": np.median(told), "Fisher z": np.tanh(np.mean(np.arctanh(told)))}
    return PairAgreement(
        first,
        second,
        rows,
        averages=tuple(Average(how, float(value), len(told), absent) for how, value in ways.items()),
        facs_index=Estimate(0.742, 0.69, 0.79),
        facs_mean=Estimate(0.731, 0.68, 0.78),
        facs_undefined=1_204,
        visibility=Estimate(None, why="nobody called a frame not codable"),
        frames=_FRAMES,
        participants=6,
        segments=21,
        recordings=tuple(
            RecordingPart(f"S{place + 1}", "play.mp4", place + 1, _FRAMES // recordings, 3)
            for place in range(recordings)
        ),
        dropped=(
            Dropped(f"not coded by {second.label}", 3_201),
            Dropped(f"not codable by {first.label}", 87),
        ),
        disagreements=_disagreements(rng, actions, recordings),
        confusions=(Confusion("AU6", "AU7", 312, 4.21), Confusion("AU23", "AU24", 190, 7.5)),
        drift=() if tool else _drift(rng),
        shifts=() if tool else (Shift("S3", "play.mp4", 2, 0.61, 0.78),),
        warnings=("Only 6 children: intervals by resampling children are rough below 20.",),
    )


def an_action(entry: Action, rng: np.random.Generator, tool: str = "") -> ActionAgreement:
    """One action; the counts and what follows from them fit together, the rest is drawn."""
    if tool and entry.key not in _OF_TOOLS:
        return ActionAgreement(entry.key, why=f"{tool} has no such action")
    if entry.key in _UNSEEN:
        none = Estimate(None, why=NEVER_USED)
        return ActionAgreement(
            entry.key,
            frames=_FRAMES,
            neither=_FRAMES,
            icc=none,
            icc_participants=none,
            icc_segments=none,
            icc_agreement=none,
            kappa=none,
            ac1=Estimate(1.0),
            pabak=Estimate(1.0),
            alpha=none,
            percent=Estimate(1.0),
            positive=none,
            negative=Estimate(1.0),
            precision=none,
            recall=none,
            f1=none,
            mcc=none,
            bias=Estimate(0.0),
            overlap=none,
            side_agreement=none,
            intensity_icc=none,
            intensity_kappa=none,
        )
    rate = float(rng.uniform(0.004, 0.3))
    both = int(_FRAMES * rate * rng.uniform(0.5, 0.95))
    mine, theirs = int(_FRAMES * rate) - both + 3, int(rng.integers(5, 300))
    neither = _FRAMES - both - mine - theirs
    return _measured(entry, (both, mine, theirs, neither), rng, with_sides=not tool)


def _measured(
    entry: Action, counts: tuple[int, int, int, int], rng: np.random.Generator, *, with_sides: bool
) -> ActionAgreement:
    both, mine, theirs, neither = counts
    n = sum(counts)
    positive, negative = 2 * both / (2 * both + mine + theirs), 2 * neither / (2 * neither + mine + theirs)
    share = (both + neither) / n
    chance = ((both + mine) * (both + theirs) + (theirs + neither) * (mine + neither)) / n**2
    kappa = (share - chance) / (1 - chance)
    rare = both + mine < 200
    estimate = Estimate(kappa, kappa - 0.01, kappa + 0.01)
    f1 = Estimate(positive)
    return ActionAgreement(
        entry.key,
        "",
        n,
        both,
        mine,
        theirs,
        neither,
        both // 40 + 2,
        both // 45 + 1,
        icc=Estimate(kappa + 0.001, kappa - 0.009, kappa + 0.011),
        f=9.81,
        df1=n - 1.0,
        df2=n - 1.0,
        p=1e-30,
        icc_participants=Estimate(kappa + 0.001, max(kappa - 0.17, -1), min(kappa + 0.1, 1)),
        icc_segments=Estimate(kappa + 0.001, max(kappa - 0.11, -1), min(kappa + 0.07, 1)),
        icc_agreement=estimate,
        effective_frames=n / 23.7,
        kappa=estimate,
        ac1=Estimate(0.9),
        pabak=Estimate(2 * share - 1),
        alpha=Estimate(kappa),
        percent=Estimate(share),
        positive=f1,
        negative=Estimate(negative),
        precision=Estimate(both / (both + theirs)),
        recall=Estimate(both / (both + mine)),
        f1=f1,
        mcc=Estimate(kappa),
        bias=Estimate((mine - theirs) / n),
        events=tuple(
            EventAgreement(
                t, int(both // 60), Estimate(0.5 + t / 2), Estimate(0.6 + t / 3), Estimate(0.55 + t / 3)
            )
            for t in AgreementOptions().tolerances_s
        ),
        overlap=Estimate(0.71),
        sides=_sides(entry, both, rng) if with_sides else (),
        side_agreement=Estimate(0.93)
        if with_sides and len(entry.sides) > 1
        else Estimate(None, why="no side"),
        intensity_icc=Estimate(0.8, 0.7, 0.86),
        intensity_kappa=Estimate(0.79),
        intensity_frames=both,
        warnings=("Too rare to judge: fewer than 10 events by either source.",) if rare else (),
    )


def _sides(entry: Action, both: int, rng: np.random.Generator) -> tuple[tuple[int, ...], ...]:
    table = np.zeros((6, 6), dtype=int)
    codes = sorted(int(code) for code in entry.sides)
    if len(codes) == 1:
        table[codes[0], codes[0]] = both
        return tuple(map(tuple, table.tolist()))
    for code in codes:
        table[code, code] = both // len(codes)
        table[code, rng.choice(codes)] += both // 30
    return tuple(map(tuple, table.tolist()))


def _disagreements(
    rng: np.random.Generator, actions: Sequence[Action], recordings: int
) -> tuple[Disagreement, ...]:
    runs = []
    for place in range(recordings):
        for entry in actions:
            for start in np.sort(rng.integers(0, 1_700, rng.integers(0, 6 + place))):
                codes = [(0, 1), (1, 0), (2, 3)][int(rng.choice(3, p=[0.45, 0.45, 0.1]))]
                last = int(start + rng.integers(0, 25))
                runs.append(
                    Disagreement(entry.key, f"S{place + 1}", "play.mp4", place + 1, int(start), last, *codes)
                )
    return tuple(runs)


def _drift(rng: np.random.Generator) -> tuple[DriftPoint, ...]:
    kappas = 0.75 + np.cumsum(rng.normal(0, 0.02, 9))
    return tuple(
        DriftPoint(
            f"2026-{month:02d}", 1_400, Estimate(k, k - 0.05, k + 0.05), Estimate(k + 0.06, k + 0.01, k + 0.1)
        )
        for month, k in enumerate(map(float, kappas), 1)
    )
