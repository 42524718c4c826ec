"""Runs of models that a file of codes names: those of this study are kept, others are told."""

from __future__ import annotations

from dataclasses import replace

from hrm_core.records.coding import ActionCode, FrameCoding, Origin
from hrm_core.records.coding_sheet import CodingSheet, RowNote, RowSeverity
from hrm_core.records.words import counted
from hrm_core.workflows.project import Project

__all__ = ["with_known_runs"]


def with_known_runs(project: Project, sheet: CodingSheet) -> tuple[CodingSheet, list[RowNote]]:
    """The sheet without numbers of runs that mean nothing in this study, and a note on each.

    A run is of this study if a run here has its number and its model's name.  A code of another run
    counts as accepted from a model, so that no export and no comparison takes it for a coder's own.

    Parameters
    ----------
    project : Project
        The open study.
    sheet : CodingSheet
        As a file says it.
    """
    named = {code.model_run_id for coding in sheet.codings.values() for code in coding.codes} - {None}
    if not named:
        return sheet, []
    here = project.store.model_runs.names()
    strange = {run for run in named if run not in here or here[run] != sheet.models.get(run or 0)}
    codings: dict[int, FrameCoding] = {}
    lost = dict.fromkeys(sorted(run for run in strange if run is not None), 0)
    for frame, coding in sheet.codings.items():
        codes = []
        for code in coding.codes:
            if code.model_run_id in lost:
                lost[code.model_run_id] += 1
            codes.append(_without_run(code) if code.model_run_id in lost else code)
        codings[frame] = replace(coding, codes=tuple(codes))
    notes = [
        RowNote(
            "whole file",
            RowSeverity.NOTE,
            f"Run {run} of the model {sheet.models.get(run, '')!r} is not in this study: "
            f"{counted(count, 'code')} from it taken as accepted from a model, without the run.",
        )
        for run, count in lost.items()
    ]
    return replace(sheet, codings=codings), notes


def _without_run(code: ActionCode) -> ActionCode:
    corrected = code.origin is Origin.CORRECTED
    return replace(code, origin=Origin.CORRECTED if corrected else Origin.ACCEPTED, model_run_id=None)
