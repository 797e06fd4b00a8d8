"""The connection keys of each type of target, as dbt's profiles have them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from featsql.base.diagnostics import Diagnostic
from featsql.front.keys import Keys, as_text
from featsql.front.yamlsubset import YamlEntry, YamlMap, YamlNode, YamlScalar, scalar_value, to_plain

Form = Literal["text", "whole", "flag", "settings"]

MOST_THREADS: Final = 1024


@dataclass(frozen=True, slots=True)
class ConnectionType:
    """`forms` gives the form of each key beside `type`, `schema`, `database` and `threads`."""

    schema: str
    """Where relations go when the target does not say."""
    forms: Mapping[str, Form]
    public: frozenset[str]
    """Keys whose values are never secret, and may be shown."""
    later: frozenset[str]
    """Keys of dbt that featsql cannot honour: FS009."""
    check: Callable[[Keys], None]
    """What has to be there to connect, and what cannot stand together."""


def read_connection(keys: Keys, connection: ConnectionType) -> dict[str, object]:
    """The connection's own keys with their values, those that are left out or empty aside."""
    config: dict[str, object] = {}
    for key, form in connection.forms.items():
        value = _read(keys, key, form)
        if value is not None:
            config[key] = value
    return config


def plain_words(node: YamlMap, connection: ConnectionType) -> YamlMap:
    """The mapping, with text from the environment read as numbers and truth values where a key takes those."""
    forms: dict[str, Form] = {"threads": "whole", **connection.forms}
    return YamlMap(tuple(_plain_word(entry, forms.get(entry.key.text, "text")) for entry in node.entries), node.span)


def _plain_word(entry: YamlEntry, form: Form) -> YamlEntry:
    value = entry.value
    is_rendered = isinstance(value, YamlScalar) and isinstance(value.value, str) and "{{" in value.span.text
    if not is_rendered or form not in ("whole", "flag") or not isinstance(value, YamlScalar):
        return entry
    word = value.raw.lower() if form == "flag" else value.raw.strip()
    return YamlEntry(entry.key, YamlScalar(scalar_value(word), value.raw, value.span))


def _read(keys: Keys, key: str, form: Form) -> object:
    match form:
        case "text":
            node = keys.value(key)
            text = as_text(node, f"`{key}`", keys.found) if node else None
            return (text.text or None) if text else None
        case "whole":
            return keys.whole(key, 0, 2**31 - 1)
        case "flag":
            return keys.flag(key)
        case "settings":
            settings = keys.mapping(key, f"`{key}`")
            return _settings(settings) if settings else None


def _settings(settings: Keys) -> dict[str, object]:
    """Names and single values: what `set NAME = value` takes."""
    for entry in settings.node.entries:
        if not isinstance(entry.value, YamlScalar):
            message = f"setting `{entry.key}` is text, a number or a truth value"
            settings.found.append(Diagnostic("FS104", message, entry.key.span))
    return {e.key.text: to_plain(e.value) for e in settings.node.entries if _has_value(e.value)}


def _has_value(node: YamlNode) -> bool:
    return isinstance(node, YamlScalar) and node.value is not None


def _check_duckdb(keys: Keys) -> None:
    keys.require("path")
    path, database = keys.value("path"), keys.entry("database")
    if not isinstance(path, YamlScalar) or database is None or path.raw.startswith("md:"):
        return
    stem = "memory" if path.raw == ":memory:" else path.raw.replace("\\", "/").rpartition("/")[2].partition(".")[0]
    if stem and to_plain(database.value) != stem:
        message = f"`database` is not that of `path`: DuckDB names the database of this file `{stem}`"
        keys.found.append(Diagnostic("FS106", message, database.key.span, hints=("leave `database` out",)))


_WITHOUT_USER = ("oauth", "jwt", "oauth_client_credentials", "programmatic_access_token", "workload_identity")


def _check_snowflake(keys: Keys) -> None:
    keys.require("account", "database")
    authenticator = to_plain(keys.value("authenticator"))
    if not isinstance(authenticator, str) or authenticator.lower() not in _WITHOUT_USER:
        keys.require("user")
    keys.apart("private_key", "private_key_path", "keep one of them")


_DUCKDB_LATER = """
    config_options extensions secrets external_root use_credential_provider attach filesystems remote plugins
    disable_transactions keep_open module_paths retries is_ducklake
"""
_SNOWFLAKE_TEXT = """
    account user password authenticator private_key private_key_path private_key_passphrase token oauth_client_id
    oauth_client_secret role warehouse query_tag host protocol proxy_host s3_stage_vpce_dns_name
    workload_identity_provider workload_identity_entra_resource
"""
_SNOWFLAKE_WHOLE = """
    port proxy_port connect_retries connect_timeout login_timeout network_timeout platform_detection_timeout_seconds
"""
_SNOWFLAKE_FLAGS = "client_session_keep_alive retry_on_database_errors retry_all reuse_connections insecure_mode"
_SNOWFLAKE_SECRET = "password private_key private_key_passphrase token oauth_client_id oauth_client_secret"
_SHARED = frozenset({"type", "schema", "database", "threads", "target"})

DUCKDB: Final = ConnectionType(
    schema="main",
    forms={"path": "text", "settings": "settings", "memory_limit": "text", "temp_directory": "text", "read_only": "flag"},
    # a path may carry a token (`md:db?motherduck_token=...`), and settings may be those of a cloud's storage
    public=_SHARED | {"memory_limit", "temp_directory", "read_only"},
    later=frozenset(_DUCKDB_LATER.split()),
    check=_check_duckdb,
)

_SNOWFLAKE_FORMS: dict[str, Form] = {
    **dict.fromkeys(_SNOWFLAKE_TEXT.split(), "text"),
    **dict.fromkeys(_SNOWFLAKE_WHOLE.split(), "whole"),
    **dict.fromkeys(_SNOWFLAKE_FLAGS.split(), "flag"),
}
SNOWFLAKE: Final = ConnectionType(
    schema="PUBLIC",
    forms=_SNOWFLAKE_FORMS,
    public=_SHARED | (frozenset(_SNOWFLAKE_FORMS) - frozenset(_SNOWFLAKE_SECRET.split())),
    later=frozenset(),
    check=_check_snowflake,
)

CONNECTION_TYPES: Final[Mapping[str, ConnectionType]] = {"duckdb": DUCKDB, "snowflake": SNOWFLAKE}
