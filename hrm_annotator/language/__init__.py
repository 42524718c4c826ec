"""The language of the window: every visible text goes through :func:`tr`."""

from hrm_annotator.language.catalogue import ENGLISH, LANGUAGES, in_use, mark, said, tr, trn, use
from hrm_annotator.language.choice import language_for

__all__ = ["ENGLISH", "LANGUAGES", "in_use", "language_for", "mark", "said", "tr", "trn", "use"]
