"""What the operator's settings must be for a campus to work and to be safe, checked before anything starts.

Standard library only, as the settings are.
"""

import ipaddress
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from senolab.words import languages

if TYPE_CHECKING:
    from .settings import Settings

AUTHENTICATORS = ("passwords", "pam", "native")
SCALES = ("ci", "binder", "class")
SHARED = "everybody shares one origin, so that a learner's page can act as the teacher who opens it"
# What an operator may write; the rest is found out at each start.
OPERATORS = (
    "host", "port", "address", "subdomains", "accept_one_shared_origin", "tls_certificate", "tls_key",
    "authenticator", "scale", "release_first", "time_zone", "language", "idle_minutes", "servers",
    "memory_mb", "processes", "file_mb", "disk_mb",
)  # fmt: skip


# Below these no server of anybody's starts; who writes 4 means 4 GB.
LEAST = {"memory_mb": 512, "processes": 64, "file_mb": 16, "disk_mb": 64}


class SettingsError(ValueError):
    """A setting that cannot work; the message is the sentence the operator reads."""


def check(settings: "Settings") -> "Settings":
    """Return settings that can work.

    Raises
    ------
    SettingsError
        Naming the setting that cannot, and the mend.
    """
    check_types(settings)
    _check_values(settings)
    _check_address(settings)
    _check_tls(settings)
    if not settings.alone:
        _check_open(settings)
    # A bare number has no names below it.
    named = not _is_number(urlsplit(settings.public).hostname)
    found = replace(settings, subdomains=settings.subdomains and named)
    _check_origins(found)
    return found


def _check_values(settings: "Settings") -> None:
    """Refuse a value that is none of those which a setting may have."""
    if not 0 < settings.port < 65536:
        raise SettingsError(f"port is {settings.port}; a port is a number from 1 to 65535.")
    for name, values in (("authenticator", AUTHENTICATORS), ("scale", SCALES)):
        if getattr(settings, name) not in values:
            raise SettingsError(
                f"{name} is {getattr(settings, name)!r}; it must be one of {', '.join(values)}."
            )
    try:
        ZoneInfo(settings.time_zone)
    except (KeyError, ValueError, OSError):
        raise SettingsError(f"time_zone is {settings.time_zone!r}; write it like Europe/Brussels.") from None
    if settings.language not in languages():
        raise SettingsError(
            f"language is {settings.language!r}, which nobody has translated yet; "
            f"there are: {', '.join(languages())}."
        )


def _check_address(settings: "Settings") -> None:
    """Refuse an address that nobody can type into a browser, or that has a path."""
    address = urlsplit(settings.public)
    if address.scheme not in ("http", "https") or not address.hostname or address.path.strip("/"):
        raise SettingsError(
            f"address is {settings.address!r}; write it like https://campus.example.org, without a path."
        )


def check_types(settings: "Settings") -> None:
    """Refuse a setting of another kind than its default, such as a port in quotation marks."""
    kinds = {setting.name: type(setting.default) for setting in fields(settings)}
    words = {bool: "true or false", int: "a whole number", str: "a text in quotation marks"}
    for name in OPERATORS:
        value, kind = getattr(settings, name), kinds[name]
        if type(value) is not kind:
            raise SettingsError(f"{name} is {value!r}; it must be {words[kind]}.")
        if kind is int and value < (least := LEAST.get(name, 1)):
            raise SettingsError(f"{name} is {value}; it must be {least} or more.")


def _check_tls(settings: "Settings") -> None:
    """Both files of TLS, readable, or neither."""
    for name, other in (("tls_certificate", "tls_key"), ("tls_key", "tls_certificate")):
        value = getattr(settings, name)
        if value and not getattr(settings, other):
            raise SettingsError(f"{name} is given, but {other} is not; TLS needs both.")
        if value:
            try:
                Path(value).read_bytes()
            except OSError as error:
                raise SettingsError(f"{name} is {value}, which cannot be read: {error.strerror}.") from None


def _check_open(settings: "Settings") -> None:
    """Refuse what is not safe where other machines can reach the campus."""
    if not settings.loopback and not settings.tls:
        raise SettingsError(
            f"host is {settings.host}, which other machines can reach: "
            "give tls_certificate and tls_key, or leave host at 127.0.0.1."
        )
    if settings.authenticator == "passwords":
        where = f"address is {settings.address}" if settings.loopback else f"host is {settings.host}"
        raise SettingsError(
            f"{where}, which other machines can reach: "
            'choose the authenticator "pam" or "native"; the generated passwords are for one machine.'
        )
    if urlsplit(settings.public).scheme != "https":
        raise SettingsError(
            f"address is {settings.address}, which other machines can reach: passwords must not travel "
            "unencrypted, so it has to begin with https."
        )
    if not settings.address:
        raise SettingsError(
            f"host is {settings.host}: give the address that people type, like https://campus.example.org."
        )


def _check_origins(settings: "Settings") -> None:
    """Refuse that everybody shares one origin, unless the operator has said that it may be so."""
    if not settings.shared or settings.accept_one_shared_origin:
        return
    number = _is_number(urlsplit(settings.public).hostname)
    what = f"address is {settings.address}, a bare number" if number else "subdomains is false"
    raise SettingsError(
        f"{what}, and other machines can reach it: {SHARED}. Give the campus a name, with a wildcard DNS "
        'entry for everything below it, like "address": "https://campus.example.org" with the entries '
        "campus.example.org and *.campus.example.org. To do without this wall all the same, write "
        '"accept_one_shared_origin": true.'
    )


def _is_number(host: str | None) -> bool:
    try:
        ipaddress.ip_address(host or "")
    except ValueError:
        return False
    return True
