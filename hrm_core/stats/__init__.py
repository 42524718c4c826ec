"""Formulas on arrays; they know nothing of studies, stores or files."""

from hrm_core.stats.facs_agreement import PASS_MARK, FacsAgreement, facs_agreement

__all__ = ["PASS_MARK", "FacsAgreement", "facs_agreement"]
