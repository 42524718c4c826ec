"""Words of a plan that would tell judges what is kept from them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hrm_core.records.rating_plan import SessionPlan
from hrm_core.workflows.privacy import names_group
from hrm_core.workflows.project import Project

__all__ = ["telling_words"]


def telling_words(project: Project, plan: SessionPlan) -> Iterator[str]:
    """Sentences about names, questions and labels that name a group or a child.

    A child whose code is only a number is not looked for: "Round 7" names nobody.
    """
    shown = plan.presentation
    texts = [
        ("The name of the session", plan.name),
        *(("The question", text) for text in (shown.question, *shown.question_translations.values())),
        *(
            ("The label", text)
            for point in shown.scale
            for text in (point.label, *point.translations.values())
        ),
        *(("The judge's name", judge.name) for judge in plan.judges),
    ]
    codes = [who.code for who in project.participants() if not who.code.isdigit()]
    for what, text in texts:
        if group := names_group(text, project.settings):
            yield f"{what} {text!r} would tell judges the group ({group}): choose words without it."
        for code in codes:
            if re.search(rf"(?<!\w){re.escape(code)}(?!\w)", text, re.IGNORECASE):
                yield f"{what} {text!r} would name the child {code} to judges: choose words without it."
