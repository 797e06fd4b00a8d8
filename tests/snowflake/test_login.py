"""A profile's keys, which are dbt's, as the driver's arguments. Only passwords are run: there is no account."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from featsql.base.diagnostics import FeatsqlError
from featsql.engines import connect
from featsql.engines.snowflake_login import SESSION, arguments
from featsql.ir.project import Target

from .place import emulated, emulator

KEY = rsa.generate_private_key(65537, 2048)
DER = KEY.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def pem(passphrase: str = "") -> bytes:
    locked = serialization.BestAvailableEncryption(passphrase.encode()) if passphrase else serialization.NoEncryption()
    return KEY.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)


def told(**config: Any) -> dict[str, Any]:
    return arguments(Target("prod", "shop", "snowflake", "features", "warehouse", config={"account": "acme_shop", **config}))


def test_a_password() -> None:
    found = told(user="u", password="p", role="r", warehouse="w")
    assert (found["account"], found["user"], found["password"], found["role"]) == ("acme-shop", "u", "p", "r")
    assert (found["database"], found["schema"], found["session_parameters"]) == ("warehouse", "features", SESSION)
    assert "authenticator" not in found


def test_a_private_key_by_path_or_value(tmp_path: Path) -> None:
    (tmp_path / "plain.p8").write_bytes(pem())
    (tmp_path / "locked.p8").write_bytes(pem("open"))
    for keys in (
        {"private_key_path": str(tmp_path / "plain.p8")},
        {"private_key_path": str(tmp_path / "locked.p8"), "private_key_passphrase": "open"},
        {"private_key": pem().decode()},
        {"private_key": base64.b64encode(DER).decode()},
    ):
        found = told(user="u", **keys)
        assert (found["authenticator"], found["private_key"]) == ("SNOWFLAKE_JWT", DER)


def test_a_private_key_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "locked.p8").write_bytes(pem("open"))
    for keys, words in (
        ({"private_key_path": str(tmp_path / "none.p8")}, "no such file"),
        ({"private_key_path": str(tmp_path / "locked.p8"), "private_key_passphrase": "s3cret-wrong"}, "passphrase"),
        ({"private_key": "s3cret"}, "passphrase"),
    ):
        with pytest.raises(FeatsqlError) as caught:
            told(user="u", **keys)
        (diagnostic,) = caught.value.diagnostics
        assert diagnostic.code == "FS701" and words in diagnostic.message and "s3cret" not in diagnostic.message


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        ({"authenticator": "externalbrowser", "user": "u"}, {"authenticator": "externalbrowser"}),
        ({"authenticator": "https://acme.okta.com", "user": "u", "password": "p"}, {"authenticator": "https://acme.okta.com"}),
        ({"authenticator": "username_password_mfa", "user": "u"}, {"client_request_mfa_token": True}),
        ({"authenticator": "oauth", "token": "t"}, {"authenticator": "oauth", "token": "t"}),
        ({"authenticator": "jwt", "token": "t"}, {"authenticator": "oauth", "token": "t"}),
        (
            {"authenticator": "programmatic_access_token", "token": "t"},
            {"authenticator": "PROGRAMMATIC_ACCESS_TOKEN", "token": "t"},
        ),
        (
            {"authenticator": "workload_identity", "workload_identity_provider": "AWS"},
            {"authenticator": "WORKLOAD_IDENTITY", "workload_identity_provider": "AWS"},
        ),
    ],
)
def test_other_logins(keys: dict[str, Any], wanted: dict[str, Any]) -> None:
    found = told(**keys)
    assert {key: found.get(key) for key in wanted} == wanted


def test_what_is_wrong_is_said_and_no_secret() -> None:
    with emulator() as port:
        for keys, words in (
            ({"password": "s3cret-wrong"}, "Incorrect username or password"),
            ({"role": "nobody"}, "Role 'nobody'"),
            ({"port": 1, "login_timeout": 2}, "login"),
        ):
            target = Target("dev", "shop", "snowflake", "s", "d", config={**emulated(port).keys, **keys})
            with pytest.raises(FeatsqlError) as caught:
                connect(target, ".")
            (diagnostic,) = caught.value.diagnostics
            assert diagnostic.code == "FS701" and words in diagnostic.message and "s3cret" not in diagnostic.message
