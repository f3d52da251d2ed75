"""Parts of the index tool: the case, the facts, parameters, memory, ranking, scalar indexes, code, report."""
