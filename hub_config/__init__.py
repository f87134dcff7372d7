"""How one hub runs: pure functions from `Settings` to the hub's configuration.

Nothing here is imported by the product; each function gives a plain dictionary
``{class name: {trait: value}}``, which `jupyterhub_config.py` applies.
"""
