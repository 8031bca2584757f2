"""The peer: gradient-boosted trees on the same figures, to know what a sum of signals leaves lying."""

from __future__ import annotations

from typing import Final

import numpy as np

from screener.core import declaration
from screener.core.policy import Policy
from screener.core.risk import NAMES
from screener.errors import BadConfig
from screener.lab.measures import Numbers
from screener.lab.risk.cases import Cases
from screener.lab.risk.regression import numbered

MOST_REGIONS: Final = 250
"""The trees take so many categories."""

ENDS: Final = ("from", "to")
COLUMNS: Final = (*NAMES, *ENDS)
"""What they see: all figures but that of the route, which was fitted on the same cases, and its two ends."""


def log_odds(learnt: Cases, asked: Cases, policy: Policy) -> Numbers:
    """The log-odds of the cases asked, from trees grown on the cases learnt.

    `policy` carries the goods and routes fitted on the cases learnt. Raises `BadConfig` without scikit-learn.
    """
    try:
        from sklearn.ensemble import HistGradientBoostingClassifier
        from threadpoolctl import threadpool_limits
    except ModuleNotFoundError as error:
        raise BadConfig("the peer needs scikit-learn: pip install 'screener[lab]', or --no-peer") from error
    cases = Cases([*learnt.each, *asked.each])
    figures = np.hstack([cases.figures(policy), _regions(cases)])
    seen = figures[: len(learnt)]
    varied = [column for column, name in enumerate(COLUMNS) if name != "route" and _varies(seen[:, column])]
    trees = HistGradientBoostingClassifier(
        learning_rate=0.1, max_iter=100, max_leaf_nodes=15, l2_regularization=5.0, random_state=0,
        categorical_features=[COLUMNS[column] in ENDS for column in varied], early_stopping=False,
    )  # fmt: skip
    with threadpool_limits(limits=1):  # on a busy machine its threads wait for each other
        trees.fit(seen[:, varied], learnt.over, sample_weight=learnt.stands_for)
        return np.asarray(trees.decision_function(figures[len(learnt) :, varied]), float)


def _varies(column: Numbers) -> bool:
    known = column[~np.isnan(column)]
    return len(known) > 0 and bool(known.min() < known.max())


def _regions(cases: Cases) -> Numbers:
    """Consignor's and consignee's region as numbers, the last beyond `MOST_REGIONS` together."""
    declared = [case.facts.declared for case in cases.each]
    ends = [("-", "-") if one is None else declaration.routes(one)[1:] for one in declared]
    columns = [numbered(side)[1] for side in zip(*ends, strict=True)]
    return np.minimum(np.stack(columns, axis=1), MOST_REGIONS).astype(float)
