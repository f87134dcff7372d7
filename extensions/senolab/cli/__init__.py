"""The verbs of the `senolab` command, one module each."""
