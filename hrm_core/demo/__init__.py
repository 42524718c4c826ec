"""The synthetic demo study: invented children whose faces are drawn, not filmed.

This room makes the content (frames, ground truth, simulated coders and judges); a
workflow writes it into a project.  Because the codes drive the drawing, the truth
of every frame is known.
"""

from __future__ import annotations

from hrm_core.demo.coders import simulate_coder
from hrm_core.demo.contact_sheet import draw_contact_sheet
from hrm_core.demo.dynamics import Recording, simulate_recording
from hrm_core.demo.expression import PRESENT_FROM, Expression, Part, codes_of
from hrm_core.demo.expression_models import DEMO_MODELS, shown_expression, simulate_expression_model
from hrm_core.demo.face import draw_face
from hrm_core.demo.film import write_video
from hrm_core.demo.identity import Identity, draw_identities
from hrm_core.demo.judges import simulate_ratings
from hrm_core.demo.landmarks import eye_openings, landmarks
from hrm_core.demo.other_program import simulate_openface
from hrm_core.demo.study import FPS, DemoParticipant, plan_study, render_frame, render_neutral, true_face

__all__ = [
    "DEMO_MODELS",
    "FPS",
    "PRESENT_FROM",
    "DemoParticipant",
    "Expression",
    "Identity",
    "Part",
    "Recording",
    "codes_of",
    "draw_contact_sheet",
    "draw_face",
    "draw_identities",
    "eye_openings",
    "landmarks",
    "plan_study",
    "render_frame",
    "render_neutral",
    "shown_expression",
    "simulate_coder",
    "simulate_expression_model",
    "simulate_openface",
    "simulate_ratings",
    "simulate_recording",
    "true_face",
    "write_video",
]
