"""Formulas on arrays; they know nothing of studies, stores or files."""

from hrm_core.stats.adjust import (
    adjust_p,
)
from hrm_core.stats.alpha import (
    Alpha,
    krippendorff_alpha,
)
from hrm_core.stats.bootstrap import (
    FEW_CLUSTERS,
    Bootstrap,
    bootstrap_p,
    cluster_bootstrap,
    cluster_resamples,
    cluster_sums,
    pair_sums,
)
from hrm_core.stats.confusion import (
    confusion,
)
from hrm_core.stats.distributions import (
    f_ppf,
    f_sf,
    normal_log10_p,
    normal_ppf,
    normal_sf,
    t_ppf,
    t_sf,
)
from hrm_core.stats.effective_size import (
    EffectiveSize,
    effective_size,
)
from hrm_core.stats.event_agreement import (
    TOLERANCES_S,
    EventAgreement,
    event_agreement,
)
from hrm_core.stats.events import (
    TIME_SLACK_S,
    EventMatches,
    Events,
    events_of,
    match_events,
)
from hrm_core.stats.facs_agreement import (
    PASS_MARK,
    FacsAgreement,
    facs_agreement,
)
from hrm_core.stats.fleiss import (
    CategoryKappa,
    FleissKappa,
    fleiss_kappa,
)
from hrm_core.stats.gwet import (
    AC1,
    gwet_ac1,
)
from hrm_core.stats.icc import (
    ICC,
    ICC_FORMS,
    icc,
    icc_of_sums,
)
from hrm_core.stats.kappa import (
    Kappa,
    cohen_kappa,
)
from hrm_core.stats.mann_whitney import (
    MannWhitney,
    mann_whitney,
)
from hrm_core.stats.permutation import (
    permutation_p,
)
from hrm_core.stats.shift import (
    LagScan,
    ShiftChance,
    chance_by_shift,
    lag_scan,
)
from hrm_core.stats.two_by_two import (
    Counts,
    ac1_of_counts,
    bias_index,
    count,
    f1,
    icc_of_counts,
    kappa_of_counts,
    max_kappa,
    mcc,
    negative_agreement,
    pabak,
    percent_agreement,
    positive_agreement,
    precision,
    prevalence_index,
    recall,
    why_undefined,
)

__all__ = [
    "AC1",
    "FEW_CLUSTERS",
    "ICC",
    "ICC_FORMS",
    "PASS_MARK",
    "TIME_SLACK_S",
    "TOLERANCES_S",
    "Alpha",
    "Bootstrap",
    "CategoryKappa",
    "Counts",
    "EffectiveSize",
    "EventAgreement",
    "EventMatches",
    "Events",
    "FacsAgreement",
    "FleissKappa",
    "Kappa",
    "LagScan",
    "MannWhitney",
    "ShiftChance",
    "ac1_of_counts",
    "adjust_p",
    "bias_index",
    "bootstrap_p",
    "chance_by_shift",
    "cluster_bootstrap",
    "cluster_resamples",
    "cluster_sums",
    "cohen_kappa",
    "confusion",
    "count",
    "effective_size",
    "event_agreement",
    "events_of",
    "f1",
    "f_ppf",
    "f_sf",
    "facs_agreement",
    "fleiss_kappa",
    "gwet_ac1",
    "icc",
    "icc_of_counts",
    "icc_of_sums",
    "kappa_of_counts",
    "krippendorff_alpha",
    "lag_scan",
    "mann_whitney",
    "match_events",
    "max_kappa",
    "mcc",
    "negative_agreement",
    "normal_log10_p",
    "normal_ppf",
    "normal_sf",
    "pabak",
    "pair_sums",
    "percent_agreement",
    "permutation_p",
    "positive_agreement",
    "precision",
    "prevalence_index",
    "recall",
    "t_ppf",
    "t_sf",
    "why_undefined",
]
