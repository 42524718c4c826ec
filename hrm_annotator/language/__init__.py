"""The language of the window: every visible text goes through :func:`tr`."""

from hrm_annotator.language.catalogue import LANGUAGES, in_use, mark, said, tr, trn, use

__all__ = ["LANGUAGES", "in_use", "mark", "said", "tr", "trn", "use"]
