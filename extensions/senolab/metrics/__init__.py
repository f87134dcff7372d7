"""Reader performance and scoring: pure functions over arrays and plain values."""
