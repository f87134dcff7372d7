"""Run a command nobody trusts: bubblewrap, limits, no network; home of the hub's spawner."""
