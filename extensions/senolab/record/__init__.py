"""A learner's append-only record of acts: schema, append, read, merge."""
