"""The whole configuration of one hub, from the parts beside this file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from senolab.operation.settings import Settings

from . import people, roles, servers, services, settings

Configuration = dict[str, dict[str, Any]]


def configuration(campus: Settings, *, tokens: Mapping[str, str]) -> Configuration:
    """Everything that this hub is told, as plain values.

    Parameters
    ----------
    campus
        The effective settings of this run.
    tokens
        Secrets by name: ``proxy`` and one for each service.
    """
    parts = (
        settings.hub(campus, tokens),
        people.authentication(campus),
        roles.roles(campus),
        services.services(campus, tokens),
        servers.servers(campus),
    )
    merged: Configuration = {}
    for part in parts:
        for name, traits in part.items():
            merged.setdefault(name, {}).update(traits)
    return merged


def apply(configured: Configuration, config: Any) -> None:
    """Write a configuration into a traitlets ``Config``."""
    for name, traits in configured.items():
        for trait, value in traits.items():
            setattr(config[name], trait, value)


def tokens(state: Path) -> dict[str, str]:
    """Read the tokens of a campus, by name: ``secrets/<name>.token``."""
    return {path.stem: path.read_text("ascii").strip() for path in (state / "secrets").glob("*.token")}
