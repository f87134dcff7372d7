"""What an operator may write into settings.json, and what a campus refuses to run with."""

import json
from pathlib import Path

import pytest
from senolab.operation import settings
from senolab.operation.settings import Ports, Settings, SettingsError


def written(state: Path, **chosen) -> Settings:
    (state / "settings.json").write_text(json.dumps(chosen))
    return settings.read(state, state)


def test_nothing_written_is_one_machine_on_loopback(tmp_path: Path) -> None:
    one = settings.read(tmp_path, tmp_path)
    assert (one.host, one.port, one.public, one.authenticator) == (
        "127.0.0.1",
        8000,
        "http://localhost:8000",
        "passwords",
    )
    assert one.loopback
    assert one.subdomains
    assert not one.secure


def test_words_on_the_command_line_win_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text('{"port": 9000, "idle_minutes": 5}')
    one = settings.read(tmp_path, tmp_path, port=9100, host=None)
    assert (one.port, one.idle_minutes, one.host) == (9100, 5, "127.0.0.1")
    (tmp_path / "settings.json").write_text('{"port": "9000"}')
    with pytest.raises(SettingsError, match="port is '9000'; it must be a whole number"):
        settings.read(tmp_path, tmp_path, port=9100)  # whatever reads the file next has no such word


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({"prot": 8000}, "there is no setting 'prot'. There are: host, port"),
        ({"port": "8000"}, "port is '8000'; it must be a whole number"),
        ({"port": 99999}, "a port is a number from 1 to 65535"),
        ({"port": True}, "it must be a whole number"),
        ({"memory_mb": 4}, "memory_mb is 4; it must be 512 or more"),
        ({"servers": 0}, "servers is 0; it must be 1 or more"),
        ({"subdomains": 1}, "it must be true or false"),
        ({"scale": "huge"}, "it must be one of ci, binder, class"),
        ({"authenticator": "ldap"}, "it must be one of passwords, pam, native"),
        ({"time_zone": "Mars/Olympus"}, "write it like Europe/Brussels"),
        ({"language": "tlh"}, "which nobody has translated yet; there are: en"),
        ({"address": "campus.example.org"}, "write it like https://campus.example.org"),
        ({"address": "https://example.org/campus"}, "without a path"),
        ({"tls_key": "/key.pem"}, "tls_key is given, but tls_certificate is not"),
        ({"tls_key": "/no/key", "tls_certificate": "/no/cert"}, "cannot be read: No such file"),
    ],
)
def test_a_setting_that_cannot_work_is_named_with_its_mend(
    tmp_path: Path, chosen: dict, sentence: str
) -> None:
    with pytest.raises(SettingsError) as refusal:
        written(tmp_path, **chosen)
    assert sentence in str(refusal.value)


@pytest.mark.parametrize("text", ["{", "[]", '"port"', "\x00"])
def test_a_damaged_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "settings.json").write_text(text)
    with pytest.raises(SettingsError, match=r"settings\.json"):
        settings.read(tmp_path, tmp_path)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "campus.example.org"])
def test_other_machines_need_tls_and_a_real_authenticator(tmp_path: Path, host: str) -> None:
    files = {}
    for name in ("tls_certificate", "tls_key"):
        (tmp_path / name).write_text("pem")
        files[name] = str(tmp_path / name)
    with pytest.raises(SettingsError, match="give tls_certificate and tls_key"):
        written(tmp_path, host=host)
    with pytest.raises(SettingsError, match='choose the authenticator "pam" or "native"'):
        written(tmp_path, host=host, **files)
    with pytest.raises(SettingsError, match="give the address that people type"):
        written(tmp_path, host=host, authenticator="pam", **files)
    address = "https://campus.example.org"
    assert written(tmp_path, host=host, authenticator="pam", address=address, **files).secure


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.7", "localhost", "::1"])
def test_loopback_needs_neither(tmp_path: Path, host: str) -> None:
    assert written(tmp_path, host=host).loopback


@pytest.mark.parametrize("address", ["http://localhost:8000", "http://campus.localhost", "http://127.0.0.1"])
def test_an_address_on_this_machine_needs_neither(tmp_path: Path, address: str) -> None:
    assert written(tmp_path, address=address).alone


def test_behind_a_reverse_proxy_it_is_a_real_authenticator_and_https(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r'address is https://campus\.example\.org.*"pam" or "native"'):
        written(tmp_path, address="https://campus.example.org")
    with pytest.raises(SettingsError, match="begin with https"):
        written(tmp_path, address="http://campus.example.org", authenticator="pam")
    one = written(tmp_path, address="https://campus.example.org", authenticator="pam")
    assert one.loopback
    assert not one.alone


def test_an_address_that_is_a_number_has_no_subdomains(tmp_path: Path) -> None:
    one = written(tmp_path, address="http://127.0.0.1:8000")
    assert not one.subdomains
    assert not one.shared  # nobody else comes in


@pytest.mark.parametrize(
    ("chosen", "what"),
    [
        ({"address": "https://192.0.2.1:8000"}, "address is https://192.0.2.1:8000, a bare number"),
        ({"address": "https://[2001:db8::1]"}, "a bare number"),
        ({"address": "https://campus.example.org", "subdomains": False}, "subdomains is false"),
    ],
)
def test_one_origin_for_all_is_refused_unless_the_operator_accepts_it_in_words(
    tmp_path: Path, chosen: dict, what: str
) -> None:
    with pytest.raises(SettingsError) as told:
        written(tmp_path, authenticator="pam", **chosen)
    for words in (what, "other machines can reach", "wildcard DNS entry", '"accept_one_shared_origin": true'):
        assert words in str(told.value)
    one = written(tmp_path, authenticator="pam", accept_one_shared_origin=True, **chosen)
    assert one.shared
    assert not one.subdomains


def test_a_name_with_names_below_it_shares_no_origin_whatever_was_accepted(tmp_path: Path) -> None:
    chosen = {"address": "https://campus.example.org", "authenticator": "pam"}
    assert not written(tmp_path, accept_one_shared_origin=True, **chosen).shared


def test_the_hub_reads_back_what_the_launcher_wrote(tmp_path: Path) -> None:
    one = Settings(state=tmp_path, checkout=tmp_path, courses=("a", "b"), ports=Ports(1, 2, 3, {"a": 4}))
    assert settings.from_json(settings.to_json(one)) == one
