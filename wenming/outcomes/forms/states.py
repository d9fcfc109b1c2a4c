"""States of a superior's form (上级表格)."""

IN_USE, RETIRED = "in_use", "retired"
STATES = [(IN_USE, "在用"), (RETIRED, "停用")]
LABELS = dict(STATES)
