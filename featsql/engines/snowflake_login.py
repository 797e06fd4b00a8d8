"""A profile's keys, which are dbt's, as the arguments of Snowflake's driver.

https://docs.snowflake.com/en/developer-guide/python-connector/python-connector-connect
"""

from __future__ import annotations

import base64
import json
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any, Final

from featsql.base.diagnostics import Diagnostic, FeatsqlError
from featsql.ir.project import Target

_AS_THEY_ARE: Final = (
    *("user", "password", "role", "warehouse", "host", "port", "protocol", "proxy_host", "proxy_port", "insecure_mode"),
    *("client_session_keep_alive", "login_timeout", "network_timeout", "platform_detection_timeout_seconds"),
    *("s3_stage_vpce_dns_name", "workload_identity_provider", "workload_identity_entra_resource"),
)
_AUTHENTICATORS: Final = {
    "oauth": "oauth",
    # dbt's word for a token that somebody else has made
    "jwt": "oauth",
    "programmatic_access_token": "PROGRAMMATIC_ACCESS_TOKEN",
    "workload_identity": "WORKLOAD_IDENTITY",
    "oauth_client_credentials": "OAUTH_CLIENT_CREDENTIALS",
}
SESSION: Final = {
    "TIMEZONE": "UTC",
    # what a value is must not depend on the account's own settings
    "TIMESTAMP_TYPE_MAPPING": "TIMESTAMP_NTZ",
    "WEEK_START": 0,
    "QUOTED_IDENTIFIERS_IGNORE_CASE": False,
    "ABORT_DETACHED_QUERY": True,
    "CLIENT_TELEMETRY_ENABLED": False,
}


def arguments(target: Target) -> dict[str, Any]:
    """What to connect with. FS701 for a key that cannot be read."""
    config = target.config
    found: dict[str, Any] = {key: config[key] for key in _AS_THEY_ARE if config.get(key) is not None}
    found |= {
        "account": str(config["account"]).replace("_", "-"),
        "database": target.database,
        "schema": target.schema,
        "application": "featsql",
        "session_parameters": dict(SESSION),
    }
    if config.get("authenticator") != "workload_identity":
        # else the driver asks the clouds which of them it is in
        found.setdefault("platform_detection_timeout_seconds", 0)
    if config.get("connect_timeout") and "login_timeout" not in found:
        found["login_timeout"] = config["connect_timeout"]
    return found | _login(config)


def _login(config: Mapping[str, object]) -> dict[str, Any]:
    authenticator = config.get("authenticator")
    name = str(authenticator).lower() if authenticator else ""
    if config.get("private_key_path") or config.get("private_key"):
        return {"authenticator": "SNOWFLAKE_JWT", "private_key": _private_key(config)}
    if not name:
        return {}
    found: dict[str, Any] = {"authenticator": _AUTHENTICATORS.get(name, authenticator)}
    if name == "oauth" and config.get("oauth_client_id") and config.get("oauth_client_secret"):
        found["token"] = _access_token(config)
    elif config.get("token"):
        found["token"] = config["token"]
    if name == "oauth_client_credentials":
        found |= {key: config[key] for key in ("oauth_client_id", "oauth_client_secret") if config.get(key)}
    if name in ("externalbrowser", "username_password_mfa"):
        # one browser window or prompt, not one for each connection
        found |= {"client_store_temporary_credential": True, "client_request_mfa_token": True}
    return found


def _private_key(config: Mapping[str, object]) -> bytes:
    """The key as DER, from a file or from its value (PEM, or DER in base64)."""
    from pathlib import Path

    from cryptography.hazmat.primitives import serialization

    passphrase = str(config["private_key_passphrase"]).encode() if config.get("private_key_passphrase") else None
    try:
        if config.get("private_key_path"):
            written = Path(str(config["private_key_path"])).expanduser().read_bytes()
        else:
            written = str(config["private_key"]).encode()
        if written.lstrip().startswith(b"-----BEGIN"):
            key = serialization.load_pem_private_key(written.strip(), passphrase)
        else:
            key = serialization.load_der_private_key(base64.b64decode(written), passphrase)
    except OSError as error:
        where = f"`{config['private_key_path']}`: {(error.strerror or '').lower()}"
        raise _unusable(f"the private key cannot be read: {where}") from None
    except (ValueError, TypeError):
        raise _unusable("the private key is none, or its passphrase is not right") from None
    return key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _access_token(config: Mapping[str, object]) -> str:
    """With a client's id and secret, `token` is a refresh token, as it is in dbt."""
    host = config.get("host") or f"{str(config['account']).replace('_', '-')}.snowflakecomputing.com"
    form = urllib.parse.urlencode({"grant_type": "refresh_token", "refresh_token": str(config.get("token", ""))})
    client = f"{config['oauth_client_id']}:{config['oauth_client_secret']}".encode()
    request = urllib.request.Request(
        f"https://{host}/oauth/token-request",
        form.encode(),
        {"Authorization": f"Basic {base64.b64encode(client).decode()}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return str(json.load(answer)["access_token"])
    except (OSError, ValueError, KeyError):
        raise _unusable("the refresh token in `token` gives no access token") from None


def _unusable(message: str) -> FeatsqlError:
    return FeatsqlError(Diagnostic("FS701", message))
