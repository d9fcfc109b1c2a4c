"""The operators of rules. Each file holds, per operator: its data, its reader, its pure function."""

from wenming.outcomes.scoring.operators import counting, periods, pooling, rates, sampling, stepping
from wenming.outcomes.scoring.operators.common import Operator

OPERATORS: dict[str, Operator] = {
    **counting.OPERATORS,
    **stepping.OPERATORS,
    **rates.OPERATORS,
    **pooling.OPERATORS,
    **sampling.OPERATORS,
    **periods.OPERATORS,
}
