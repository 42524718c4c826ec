"""Hold codes against the rules: what to look at again, and what is kept all the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hrm_core.analysis.rule_findings import find
from hrm_core.facs.rules import Rule, rules_of_study
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.code_grid import CodeGrid
from hrm_core.records.coding import FrameCoding
from hrm_core.records.people import Rater
from hrm_core.records.recording import Recording
from hrm_core.records.rule_finding import FindingIdentity, KeptFinding, RuleFinding
from hrm_core.workflows.project import Project

__all__ = ["FindingOf", "RuleDesk", "check_rules", "study_rules"]


@dataclass(frozen=True, slots=True)
class FindingOf:
    """A finding and where it is.

    Attributes
    ----------
    participant, video : str
        Code of the child and name of the recording.
    finding : RuleFinding
        What the rules point at.
    kept : KeptFinding or None
        Whether the rater keeps it, and why.
    """

    participant: str
    video: str
    finding: RuleFinding
    kept: KeptFinding | None


def study_rules(project: Project) -> tuple[Rule, ...]:
    """The rules that hold in a study.

    Raises
    ------
    InvalidFileError
        If its own file of rules is damaged.
    """
    return rules_of_study(project.folder)


def check_rules(
    project: Project,
    rater: str | None = None,
    participant: str | None = None,
    video: str | None = None,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> list[FindingOf]:
    """Hold the codes of a rater against the rules; nothing is changed.

    Codes that were carried and not confirmed yet count as they stand.

    Parameters
    ----------
    project : Project
        The open study.
    rater : str, optional
        Name of the rater; may be left out if only one has coded.
    participant, video : str, optional
        Only this participant (code) or video (name).
    progress, cancel
        One unit per recording.

    Returns
    -------
    list of FindingOf
        By participant, recording and frame; those that are kept, too.

    Raises
    ------
    NotFoundError
        If a name is unknown, or several raters have coded and none is named.
    InvalidFileError
        If the study's own file of rules is damaged.
    """
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    rules, coder = study_rules(project), project.coder(rater)
    recordings = list(project.recordings(participant, video))
    found = []
    progress.start("Holding codes against the rules", len(recordings))
    for who, recording in recordings:
        cancel.raise_if_cancelled()
        desk = RuleDesk(project, coder, recording, rules)
        desk.update(project.store.codings.of_video(coder.id, recording.id))
        kept = desk.kept()
        found += [
            FindingOf(who.code, recording.name, finding, kept.get(finding.identity))
            for finding in desk.findings()
        ]
        progress.advance()
    progress.finish()
    return found


class RuleDesk:
    """The rules on one rater's codes of one recording, kept up with edits.

    Not safe to call from several threads at once.

    Parameters
    ----------
    project : Project
        The open study.
    rater : Rater
        Whose codes.
    recording : Recording
        Of what.
    rules : tuple of Rule, optional
        Those of the study if left out.

    Raises
    ------
    InvalidFileError
        If the study's own file of rules is damaged.
    """

    def __init__(
        self, project: Project, rater: Rater, recording: Recording, rules: tuple[Rule, ...] | None = None
    ) -> None:
        self.rules = study_rules(project) if rules is None else rules
        self._store, self._of = project.store.kept_findings, (rater.id, recording.id)
        self._grid = CodeGrid()

    def update(self, changed: Mapping[int, FrameCoding | None]) -> None:
        """Take over these frames as they are now; None is uncoded."""
        self._grid.update(changed)

    def findings(self) -> list[RuleFinding]:
        """What the rules point at now, by frame; what is kept, too."""
        return find(self._grid.rows(), self.rules)

    def kept(self) -> dict[FindingIdentity, KeptFinding]:
        """What the rater keeps now."""
        return self._store.of_video(*self._of)

    def keep(self, finding: RuleFinding, reason: str = "") -> None:
        """Keep a finding as it is; raises StoreWriteError if that could not be written."""
        self._store.keep(*self._of, finding, reason)

    def take_back(self, finding: RuleFinding) -> None:
        """Keep a finding no more; raises StoreWriteError if that could not be written."""
        self._store.take_back(*self._of, finding)
