"""Take a child, or a rater, into the study."""

from __future__ import annotations

from dataclasses import replace

from hrm_core.config import StudySettings
from hrm_core.errors import ProjectError
from hrm_core.records.people import Participant, Rater, Role
from hrm_core.workflows.privacy import require_no_group
from hrm_core.workflows.project import Project

__all__ = ["UNNAMED", "add_participant", "add_rater", "change_participant", "change_rater", "require_code"]

UNNAMED = "the command line"
"""Who is logged where nobody is named."""


def add_participant(
    project: Project,
    code: str,
    *,
    group: str | None = None,
    sex: str | None = None,
    age_years: float | None = None,
    consent: str = "",
) -> Participant:
    """Add a participant.

    Parameters
    ----------
    project : Project
        The open study.
    code : str
        The study's name for the child; never a real name, never with the group.
    group : str, optional
        One of the study's groups.
    sex : {"F", "M"}, optional
        Sex.
    age_years : float, optional
        Age at recording, in years.
    consent : str
        What the family agreed to, in the study's own words.

    Raises
    ------
    ProjectError
        If the code is taken, tells the group or cannot name a file; if the group
        is not one of the study's.
    """
    code = code.strip()
    require_code(code, project.settings)
    new = Participant(0, code, group, sex, age_years, consent=consent.strip())
    _require_plausible(project, new)
    return project.store.people.add_participant(new)


def require_code(code: str, settings: StudySettings) -> None:
    """Refuse a participant code that cannot name files or tells the group.

    Raises
    ------
    ProjectError
        Saying which of the two.
    """
    # Two underscores part the code from the video in the names of label files.
    if not code or "__" in code or not code.isprintable() or set(code) & set('/\\:*?"<>|.'):
        raise ProjectError(
            f"Participant code {code!r} cannot name a file: use letters, digits, blanks, - and single _."
        )
    require_no_group("Participant code", code, settings)


def change_participant(
    project: Project,
    code: str,
    *,
    group: str | None = None,
    sex: str | None = None,
    age_years: float | None = None,
    consent: str | None = None,
) -> Participant:
    """Correct what is known of a participant; what is left out stays.

    Files stay where they are: the store knows their paths.

    Raises
    ------
    NotFoundError
        If there is no such participant.
    ProjectError
        As in :func:`add_participant`.
    """
    old = project.store.people.participant(code)
    changed = replace(
        old,
        group=old.group if group is None else group,
        sex=old.sex if sex is None else sex,
        age_years=old.age_years if age_years is None else age_years,
        consent=old.consent if consent is None else consent.strip(),
    )
    _require_plausible(project, changed)
    project.store.people.update_participant(changed)
    return changed


def _require_plausible(project: Project, who: Participant) -> None:
    groups = project.settings.groups
    if who.group is not None and who.group not in groups:
        raise ProjectError(f"This study has no group {who.group!r}; its groups are: {', '.join(groups)}.")
    if who.sex not in (None, "F", "M"):
        raise ProjectError(f"Sex {who.sex!r} is not known: give F or M, or leave it out.")
    if who.age_years is not None and not 0 <= who.age_years <= 120:
        raise ProjectError(f"An age of {who.age_years:g} years cannot be right: give the age in years.")


def add_rater(
    project: Project,
    name: str,
    role: Role = Role.CODER,
    *,
    blind: bool | None = None,
    sees_eyes: bool | None = None,
) -> Rater:
    """The rater of this name, taken in if new.

    Parameters
    ----------
    project : Project
        The open study.
    name : str
        As the rater wants to be called.
    role : Role
        For a new rater.
    blind : bool, optional
        For a new rater: whether groups are kept from them; the study's setting
        if left out.
    sees_eyes : bool, optional
        For a new rater: whether the children's eyes are shown; to all but judges if
        left out. That somebody may see them is logged.

    Raises
    ------
    ProjectError
        If the name is empty.
    """
    name = " ".join(name.split())
    if not name:
        raise ProjectError("A coder needs a name: it is written beside every label.")
    known = {rater.name for rater in project.raters()}
    blind = project.settings.privacy.coders_blind if blind is None else blind
    with project.store.all_or_nothing():
        rater = project.store.people.ensure_rater(name, role, blind=blind)
        if name in known:
            return rater
        if sees_eyes is not None and sees_eyes is not rater.sees_eyes:
            rater = replace(rater, sees_eyes=sees_eyes)
            project.store.people.update_rater(rater)
        if rater.sees_eyes:
            project.store.face_marks.log_unmasking(rater.id, None, f"may see eyes (joined as {rater.role})")
    return rater


def change_rater(
    project: Project,
    name: str,
    *,
    blind: bool | None = None,
    sees_eyes: bool | None = None,
    role: Role | None = None,
    by: str = UNNAMED,
) -> Rater:
    """Keep groups or eyes from a rater, show them, or give another role; what is left out stays.

    Parameters
    ----------
    project : Project
        The open study.
    name : str
        The rater.
    blind : bool, optional
        Whether groups are kept from them.
    sees_eyes : bool, optional
        Whether the children's eyes are shown to them; giving that right is logged.
    role : Role, optional
        What the rater does from now on; rights are left as they are.
    by : str
        Who gives the right to see eyes.

    Raises
    ------
    NotFoundError
        If there is no such rater.
    ProjectError
        If another role is asked for a consensus, for who is a blind judge of a rating session, or for
        a coordinator who has lifted a blinding.
    StoreWriteError
        If it could not be logged: then nothing is changed.
    """
    old = project.store.people.rater(name)
    changed = replace(
        old,
        blind=old.blind if blind is None else blind,
        sees_eyes=old.sees_eyes if sees_eyes is None else sees_eyes,
        role=old.role if role is None else role,
    )
    if changed.role is not old.role:
        _require_free_role(project, old, changed.role)
    if changed.sees_eyes and not old.sees_eyes:
        project.store.face_marks.log_unmasking(old.id, None, f"may see eyes (given by {by})")
    project.store.people.update_rater(changed)
    return changed


def _require_free_role(project: Project, rater: Rater, role: Role) -> None:
    """Refuse a role that would let somebody learn what others believe that they do not know."""
    if rater.id in project.store.adjudications.consensus_raters():
        raise ProjectError(f"{rater.name} is a consensus and nobody in person, so has no other role.")
    for session in project.store.rating_sessions.all():
        if any(seat.judge_id == rater.id and seat.blind for seat in session.seats):
            raise ProjectError(
                f"{rater.name} is a blind judge in {session.name!r}, so stays {rater.role}: give the role "
                f"{role} to somebody else."
            )
        log = project.store.rating_sessions.log(session.id)
        if rater.role is Role.COORDINATOR and any(
            entry.what == "unblinded" and entry.actor == rater.name for entry in log
        ):
            raise ProjectError(
                f"{rater.name} has lifted a blinding in {session.name!r}, so stays coordinator: give the "
                f"role {role} to somebody else."
            )
