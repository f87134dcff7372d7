"""A submission becomes a grade: mend, run, score, record, queue."""
