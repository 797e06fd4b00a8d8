"""The header keys of each kind: which there are, and what they say."""

from __future__ import annotations

from typing import Final, Literal, cast

from featsql.base.codes import CODES
from featsql.base.diagnostics import Diagnostic, nearest
from featsql.front.backfill import read_backfill
from featsql.front.columndocs import read_columns, read_meta
from featsql.front.durations import read_duration, read_length
from featsql.front.featurerefs import read_features
from featsql.front.incremental import read_incremental
from featsql.front.keys import Keys
from featsql.front.names import known_dialect, table_name
from featsql.front.storage import KEYS as STORAGE_KEYS
from featsql.front.storage import read_storage
from featsql.front.testspecs import read_tests
from featsql.front.unittests import read_unit_tests
from featsql.front.windows import read_windows
from featsql.front.yamlsubset import YamlEntry, YamlMap
from featsql.ir.header import (
    Closed,
    FeatureViewConfig,
    Header,
    Kind,
    KindConfig,
    ModelConfig,
    Name,
    SnapshotConfig,
    TrainingSetConfig,
)

_COMMON = "kind description owner tags enabled schema alias dialect columns tests unit_tests depends_on allow meta"
_OWN = {
    Kind.MODEL: "materialized strategy unique_key timestamp interval lookback on_schema_change",
    Kind.FEATURE_VIEW: "entity entities timestamp available_at delay ttl closed tie_break windows online strategy backfill",
    Kind.TRAINING_SET: "timestamp features label strategy",
    Kind.SNAPSHOT: "strategy unique_key updated_at check_columns hard_deletes",
}
COMMON_KEYS: Final = (*_COMMON.split(), *STORAGE_KEYS)
KIND_KEYS: Final = {kind: tuple(words.split()) for kind, words in _OWN.items()}
REQUIRED: Final[dict[Kind, tuple[str, ...]]] = {
    Kind.MODEL: (),
    Kind.FEATURE_VIEW: ("timestamp",),
    Kind.TRAINING_SET: ("timestamp", "features"),
    Kind.SNAPSHOT: ("strategy", "unique_key"),
}
EXCLUSIVE: Final = (("entity", "entities"), ("available_at", "delay"))
"""Two ways to say one thing: a header's own takes the place of the other in featsql.yml."""

_INCREMENTAL = KIND_KEYS[Kind.MODEL][1:]
_MATERIALIZED = ("view", "table", "incremental", "ephemeral")


def read_defaults(kind: Kind, node: YamlMap, found: list[Diagnostic]) -> None:
    """Check what featsql.yml says under `defaults` for one kind, by the rules of headers."""
    keys = Keys(node, f"the defaults of kind `{kind}`", found)
    for name in ("kind", "alias"):
        if entry := keys.entry(name):
            found.append(Diagnostic("FS106", f"`{name}` cannot have a default: it is each model's own", entry.key.span))
    check_keys(keys, kind)
    read_header(keys, kind)


def check_keys(keys: Keys, kind: Kind) -> None:
    """FS102 for keys that no header has, and for those of another kind; FS104 for keys without a value."""
    keys.found.extend(_of_another_kind(entry, kind) for entry in _foreign(keys, kind))


def check_keys_without_kind(keys: Keys) -> None:
    """`check_keys` of a header that names no kind: one key of another kind tells that it was forgotten."""
    foreign = _foreign(keys, Kind.MODEL)
    if foreign:
        keys.found.append(_without_kind(foreign))


def _foreign(keys: Keys, kind: Kind) -> list[YamlEntry]:
    """The entries that belong to other kinds; the rest is checked."""
    own = (*COMMON_KEYS, *KIND_KEYS[kind])
    foreign = [entry for entry in keys.node.entries if entry.key.text not in own and _kinds_with(entry.key.text)]
    rest = tuple(entry for entry in keys.node.entries if entry not in foreign)
    Keys(YamlMap(rest, keys.node.span), keys.what, keys.found).only(*own)
    return foreign


def _kinds_with(key: str) -> tuple[Kind, ...]:
    """The kinds that have a key of their own by this name."""
    return tuple(kind for kind, own in KIND_KEYS.items() if key in own)


def _of_another_kind(entry: YamlEntry, kind: Kind) -> Diagnostic:
    owners = " or ".join(f"`{owner}`" for owner in _kinds_with(entry.key.text))
    message = f"`{entry.key}` is a key of kind {owners}, and this is of kind `{kind}`"
    hints = nearest(entry.key.text, KIND_KEYS[kind]) or ("leave it out",)
    return Diagnostic("FS102", message, entry.key.span, hints=hints)


def _without_kind(foreign: list[YamlEntry]) -> Diagnostic:
    """One finding for all the keys of a header that forgot its kind: the kind that most of them belong to."""
    words = [entry.key.text for entry in foreign]
    meant = max(KIND_KEYS, key=lambda kind: sum(word in KIND_KEYS[kind] for word in words))
    first = next(entry for entry in foreign if entry.key.text in KIND_KEYS[meant])
    message = f"`{first.key}` is a key of kind `{meant}`, and a header without `kind` is of kind `model`"
    return Diagnostic("FS102", message, first.key.span, hints=(f"add `kind: {meant}`",))


def _check_allow(keys: Keys) -> None:
    """`allow` maps codes of checks to reasons: a finding is silenced by someone who says why."""
    allowed = keys.mapping("allow", "a mapping from codes to reasons")
    for entry in allowed.node.entries if allowed else ():
        if entry.key.text not in CODES:
            hints = nearest(entry.key.text, CODES)
            keys.found.append(Diagnostic("FS106", f"there is no code `{entry.key}`", entry.key.span, hints=hints))
        elif not (allowed and allowed.prose(entry.key.text)):
            keys.found.append(Diagnostic("FS106", f"`{entry.key}` is allowed without a reason", entry.key.span))


def read_header(keys: Keys, kind: Kind) -> Header | None:
    """All that the keys say; None when a required one is missing or wrong, or the kind does not exist yet (FS009)."""
    config = _config(keys, kind)
    enabled = keys.flag("enabled")
    _check_allow(keys)
    schema = keys.name("schema")
    header = Header(
        kind=kind,
        config=config or ModelConfig(),  # without one the header is not handed on; its other keys are read all the same
        span=keys.node.span,
        description=keys.prose("description"),
        owner=_text(keys.name("owner")),
        tags=tuple(tag.text for tag in keys.names("tags")),
        enabled=True if enabled is None else enabled,
        schema=schema.text if schema else None,
        alias=table_name(keys.name("alias"), keys.found),
        dialect=known_dialect(keys.name("dialect"), keys.found),
        columns=read_columns(keys),
        tests=read_tests(keys),
        unit_tests=read_unit_tests(keys, "name"),
        depends_on=keys.names("depends_on"),
        allow=keys.plain("allow"),
        meta=read_meta(keys),
        storage=read_storage(keys),
    )
    return header if config else None


def _config(keys: Keys, kind: Kind) -> KindConfig | None:
    match kind:
        case Kind.MODEL:
            return _model(keys)
        case Kind.FEATURE_VIEW:
            return _feature_view(keys)
        case Kind.TRAINING_SET:
            return _training_set(keys)
        case Kind.SNAPSHOT:
            return _snapshot(keys)


def _model(keys: Keys) -> ModelConfig:
    materialized = keys.choice("materialized", _MATERIALIZED)
    if materialized and materialized.text == "incremental":
        return ModelConfig("incremental", read_incremental(keys))
    # one that forgot its kind is told so, and that is enough
    is_model = all(entry.key.text in (*COMMON_KEYS, *KIND_KEYS[Kind.MODEL]) for entry in keys.node.entries)
    for key in _INCREMENTAL if is_model else ():
        if entry := keys.entry(key):
            hints = ("add `materialized: incremental`, or leave it out",)
            keys.found.append(Diagnostic("FS106", f"`{key}` is a key of incremental models", entry.key.span, hints=hints))
    return ModelConfig(cast(Literal["view", "table", "ephemeral"], materialized.text) if materialized else "view")


def _feature_view(keys: Keys) -> FeatureViewConfig | None:
    keys.apart("entity", "entities", "name all of them in `entities`")
    known_since = "keep `available_at`; add the delay to it in the SELECT list, where both count"
    keys.apart("available_at", "delay", known_since)
    entity, entities = keys.name("entity"), keys.names("entities")
    delay, ttl = keys.value("delay"), keys.value("ttl")
    closed = keys.choice("closed", tuple(Closed))
    config = FeatureViewConfig(
        timestamp=_timestamp(keys),
        entities=(entity,) if entity else entities,
        available_at=keys.name("available_at"),
        delay_us=(read_duration(delay, "`delay`", keys.found) or 0) if delay else 0,
        ttl_us=read_length(ttl, "`ttl`", keys.found, "leave `ttl` out for no limit") if ttl else None,
        closed=Closed(closed.text) if closed else Closed.LEFT,
        tie_break=keys.names("tie_break"),
        windows=read_windows(keys),
        online=keys.flag("online") or False,
        strategy=keys.name("strategy"),
        backfill=read_backfill(keys),
    )
    return config if config.timestamp.text else None


def _training_set(keys: Keys) -> TrainingSetConfig | None:
    config = TrainingSetConfig(
        timestamp=_timestamp(keys),
        features=read_features(keys),
        label=keys.names("label"),
        strategy=keys.name("strategy"),
    )
    return config if config.timestamp.text and config.features else None


def _snapshot(keys: Keys) -> SnapshotConfig | None:
    strategy = keys.choice("strategy", ("timestamp", "check"))
    deletes = keys.choice("hard_deletes", ("ignore", "invalidate", "new_record"))
    unique_key, updated_at, checked = keys.names("unique_key"), keys.name("updated_at"), keys.names("check_columns")
    if strategy is None or not unique_key:
        return None
    if not keys.require("updated_at" if strategy.text == "timestamp" else "check_columns", at=strategy.span):
        return None
    if strategy.text == "timestamp" and (entry := keys.entry("check_columns")):
        message = "`check_columns` belong to `strategy: check`: with `timestamp`, `updated_at` says what changed"
        keys.found.append(Diagnostic("FS106", message, entry.key.span, hints=("leave one of them out",)))
    return SnapshotConfig(
        cast(Literal["timestamp", "check"], strategy.text),
        unique_key,
        updated_at,
        None if [name.text.lower() for name in checked] == ["all"] else checked,
        cast(Literal["ignore", "invalidate", "new_record"], deletes.text) if deletes else "ignore",
    )


def _timestamp(keys: Keys) -> Name:
    """The name under `timestamp`, empty when there is none: a config without it is not handed on."""
    return keys.name("timestamp") or Name("", keys.node.span)


def _text(name: Name | None) -> str:
    return name.text if name else ""
