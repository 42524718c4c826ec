"""What label files say of a child's group."""

from __future__ import annotations

from hrm_core.errors import ProjectError
from hrm_core.records.people import Participant
from hrm_core.workflows.project import Project

__all__ = ["group_mark"]


def group_mark(project: Project, who: Participant) -> int:
    """What the column ``ASD`` of a label file says of a child: 1 or 0.

    Parameters
    ----------
    project : Project
        The open study.
    who : Participant
        The child.

    Raises
    ------
    ProjectError
        If the child has no group, which the format must say.
    """
    if who.group is None:
        raise ProjectError(
            f"Participant {who.code} has no group, which the label file must say: "
            f"set it with hrm set participant {who.code} --group."
        )
    return int(who.group == project.settings.asd_group)
