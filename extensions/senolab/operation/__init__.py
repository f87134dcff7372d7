"""What the operator decides and every process of a campus reads: its settings, and who may sign in."""
