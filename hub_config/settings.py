"""Where the hub listens, what its addresses look like, and where it keeps its things."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import senolab
from jupyterhub.utils import subdomain_hook_idna
from senolab.operation import accounts
from senolab.operation.addresses import host_label
from senolab.operation.settings import RESERVED_NAMES, Settings
from senolab.words import templates

HERE = Path(__file__).parent
# One house, one look.
ROOMS = Path(senolab.__file__).parent
SHEETS = ("look/tokens.css", "look/night.css", "portal/static/campus.css")
PRODUCT = "Senolab"


def hub(campus: Settings, tokens: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Address, storage, look and habits of the hub itself. The launcher owns the proxy."""
    told: dict[str, Any] = {
        "bind_url": f"{'https' if campus.tls else 'http'}://{campus.host}:{campus.port}",
        "hub_bind_url": f"http://127.0.0.1:{campus.ports.hub}",
        "public_url": campus.public + "/",
        "default_url": service_address(campus, "campus"),
        "db_url": f"sqlite:///{campus.state / 'hub' / 'hub.sqlite'}",
        "cookie_secret_file": str(campus.state / "secrets" / "hub.cookie"),
        "trusted_downstream_ips": ["127.0.0.1"],
        "template_paths": [str(HERE / "templates")],
        "template_vars": template_words(campus),
        "jinja_environment_options": {"extensions": ["jinja2.ext.i18n"]},
        "logo_file": str(ROOMS / "portal/static/mark.svg"),
        "allow_named_servers": False,
        "concurrent_spawn_limit": 8,
        "active_server_limit": campus.servers,
        "service_check_interval": 0,
        "cleanup_proxy": False,
        "implicit_spawn_seconds": 1,
        "authenticate_prometheus": True,
        "cookie_max_age_days": 7,
    }
    if campus.subdomains:
        told |= {"subdomain_host": campus.public, "subdomain_hook": subdomain}
    if campus.secure:
        told |= {"cookie_host_prefix_enabled": True}
    proxy = {
        "should_start": False,
        "api_url": f"http://127.0.0.1:{campus.ports.proxy}",
        "auth_token": tokens["proxy"],
    }
    return {"JupyterHub": told, "ConfigurableHTTPProxy": proxy}


def subdomain(name: str, domain: str, kind: str) -> str:
    """Give every user and service an origin of its own: ``ana.localhost``, ``campus.localhost``."""
    if kind != "user":
        return f"{host_label(name)}.{domain}"
    host = subdomain_hook_idna(name, domain, "user")
    label = host.removesuffix(f".{domain}")
    if label in RESERVED_NAMES or label.startswith("grader-"):
        return f"{label}--user.{domain}"
    return host


def service_address(campus: Settings, name: str) -> str:
    """Return the public address of a service's first page."""
    scheme, _, host = campus.public.partition("://")
    if campus.subdomains:
        domain, _, port = host.partition(":")
        host = subdomain(name, domain, "service") + (f":{port}" if port else "")
    return f"{scheme}://{host}/services/{name}/"


def display_name(campus: Settings, name: str) -> str:
    """Return what a person is called, as the campus does; her account's name where nothing else is known."""
    try:
        account = accounts.read(campus.state / "people.json").get(name)
    except accounts.AccountsError:
        account = None
    return account.display if account else name


def template_words(campus: Settings) -> dict[str, Any]:
    """Return what the pages of the hub say."""
    return {
        "product": PRODUCT,
        "canonical": campus.public,
        "campus_url": service_address(campus, "campus"),
        "look": "".join((ROOMS / sheet).read_text("utf-8") for sheet in SHEETS),
        "unprotected": not campus.protected,
        "language": campus.language,
        "display_name": lambda reader: reader and display_name(campus, reader.name),
        # JupyterHub calls what can be called, with the reader, and gives the pages what comes back.
        "gettext": lambda _reader: templates.gettext,
        "ngettext": lambda _reader: templates.ngettext,
    }
