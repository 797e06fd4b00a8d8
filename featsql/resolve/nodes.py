"""Stage 4, nodes: a parsed and typed model, with its header, as a node of the feature graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from featsql.base.diagnostics import Diagnostic, Label, nearest
from featsql.base.spans import SourceFile, Span, Text
from featsql.base.sqltypes import is_time
from featsql.dialects import DIALECTS
from featsql.ir.graph import (
    IS_DELETED,
    VALID_FROM,
    VALID_TO,
    BoundView,
    Feature,
    FeatureViewNode,
    KeyColumn,
    ModelNode,
    Node,
    SeedNode,
    SnapshotNode,
    SourceNode,
    TableName,
    TrainingSetNode,
)
from featsql.ir.header import (
    FeatureRef,
    FeatureViewConfig,
    Header,
    Incremental,
    ModelConfig,
    Name,
    SnapshotConfig,
    TrainingSetConfig,
)
from featsql.ir.model import Column, Parsed, Projection, Template, Typed
from featsql.resolve.names import NameTable, model_id

ONLINE_COLUMNS = ("event_time", "as_of_time")


@dataclass(frozen=True, slots=True)
class Place:
    """Where relations go when a header does not say."""

    schema: str
    database: str | None
    dialect: str


_Common = tuple[str, str, Header, SourceFile, Parsed, TableName, tuple[Column, ...] | None, tuple[str, ...]]
"""The fields of `SqlNode`, in their order."""


@dataclass(slots=True)
class NodeBuilder:
    """Builds the nodes of one graph; what is wrong is added to `found`."""

    names: NameTable
    place: Place
    found: list[Diagnostic]
    views: dict[str, FeatureViewNode]

    def model(self, template: Template, parsed: Parsed, typed: Typed) -> ModelNode:
        config = template.header.config
        assert isinstance(config, ModelConfig)
        if config.incremental:
            self._check_incremental(config.incremental, typed.columns)
        self._check_docs(template, typed.columns)
        self._check_clustered(template, _names(typed.columns))
        return ModelNode(*self._common(template, parsed, typed.columns), config=config)

    def known(self, template: Template, parsed: Parsed, columns: tuple[Column, ...] | None) -> ModelNode | SnapshotNode:
        """A node of which nothing is asked but its place and its columns."""
        match template.header.config:
            case ModelConfig() as model:
                return ModelNode(*self._common(template, parsed, columns), config=model)
            case SnapshotConfig() as snapshot:
                return SnapshotNode(*self._common(template, parsed, columns), config=snapshot)
            case config:
                raise TypeError(f"{config!r} has more than columns")

    def _check_incremental(self, config: Incremental, columns: tuple[Column, ...] | None) -> None:
        timestamp = config.intervals.timestamp if config.intervals else None
        for name in (*config.unique_key, *((timestamp,) if timestamp else ())):
            self._selected(name, columns)
        found = [c for c in columns or () if timestamp and c.name.lower() == timestamp.text.lower()]
        if timestamp and found and found[0].type and not is_time(found[0].type):
            self.found.append(not_a_time(found[0].name, found[0].type, timestamp.span))

    def snapshot(self, template: Template, parsed: Parsed, typed: Typed) -> SnapshotNode:
        config = template.header.config
        assert isinstance(config, SnapshotConfig)
        node = SnapshotNode(*self._common(template, parsed, None), config=config)
        for name in (*config.unique_key, *(config.check_columns or ()), *((config.updated_at,) if config.updated_at else ())):
            self._selected(name, typed.columns)
        by_name = {c.name.lower(): c for c in typed.columns or ()}
        updated = by_name.get(config.updated_at.text.lower()) if config.updated_at else None
        if updated and updated.type and config.updated_at and not is_time(updated.type):
            self.found.append(not_a_time(updated.name, updated.type, config.updated_at.span))
        for name in (taken for taken in node.own_columns if taken in by_name):
            message = f"`{name}` is a column that every snapshot has"
            self.found.append(Diagnostic("FS110", message, template.header.span, hints=("rename it in the SELECT list",)))
        types = dict.fromkeys((VALID_FROM, VALID_TO), "TIMESTAMP") | {IS_DELETED: "BOOLEAN"}
        own = tuple(Column(name, types[name]) for name in node.own_columns)
        columns = (*typed.columns, *own) if typed.columns is not None else None
        self._check_docs(template, columns)
        self._check_clustered(template, _names(columns))
        return replace(node, columns=columns)

    def _selected(self, name: Name, columns: tuple[Column, ...] | None) -> None:
        """FS313 where the SELECT list lacks a column that the header names."""
        if columns is not None and name.text.lower() not in [c.name.lower() for c in columns]:
            hints = nearest(name.text, [c.name for c in columns]) or (f"add `{name}` to it",)
            self.found.append(Diagnostic("FS313", f"the SELECT list lacks `{name}`", name.span, hints=hints))

    def feature_view(self, template: Template, parsed: Parsed, typed: Typed) -> FeatureViewNode | None:
        config = template.header.config
        assert isinstance(config, FeatureViewConfig) and typed.view
        self._unique([(p.name.text, p.name.span) for p in typed.view.projections], "rename one")
        by_name = {p.name.text.lower(): p for p in typed.view.projections}
        keys = [self._key(name, by_name, config) for name in self._key_names(config)]
        timestamp = self._timestamp(config, by_name)
        known_time = self._body_column(config.available_at, by_name, typed, "available_at") if config.available_at else None
        if known_time and config.available_at:
            self._check_time(known_time, config.available_at.span, "available_at")
        ties = [self._body_column(name, by_name, typed, "tie_break") for name in config.tie_break]
        taken = {k.name.lower() for k in keys if k} | {config.timestamp.text.lower()}
        features = tuple(self._feature(template, p) for p in typed.view.projections if p.name.text.lower() not in taken)
        if not features:
            hints = ("add one to the SELECT list",)
            self.found.append(Diagnostic("FS313", f"`{template.name}` has no features", config.timestamp.span, hints=hints))
        if config.online:
            self._check_online(template, features, keys)
        is_known = all(name.text.lower() in self.names.entities for name in config.entities)
        if timestamp is None or not is_known or None in keys or None in ties:
            return None
        columns = tuple(
            [Column(k.name, k.type) for k in keys if k]
            + [Column(timestamp.name, timestamp.type)]
            + [Column(f.name, f.type) for f in features]
        )
        self._check_docs(template, columns)
        self._check_clustered(template, [*(key.name for key in keys if key), *(f.name for f in features), ONLINE_COLUMNS[1]])
        node = FeatureViewNode(
            *self._common(template, parsed, columns),
            config=config,
            sql=typed.view,
            keys=tuple(k for k in keys if k),
            timestamp=timestamp,
            known_time=known_time,
            tie_break=tuple(t for t in ties if t),
            features=features,
        )
        self.views[node.name.lower()] = node
        return node

    def training_set(self, template: Template, parsed: Parsed, typed: Typed) -> TrainingSetNode:
        config = template.header.config
        assert isinstance(config, TrainingSetConfig)
        spine = typed.columns
        timestamp = self._spine_column(config.timestamp, spine, "timestamp")
        if timestamp and timestamp.type and not is_time(timestamp.type):
            self.found.append(not_a_time(config.timestamp.text, timestamp.type, config.timestamp.span))
        for label in config.label:
            self._spine_column(label, spine, "label")
        bound = [
            found for feature in config.features if (found := bind(feature, self.views, spine, config.timestamp.span, self.found))
        ]
        named: list[tuple[str, Span | None]] = [(c.name, None) for c in spine or ()]
        columns = list(spine or ())
        for view, ref in ((self.views[b.view.lower()], b) for b in bound):
            by_name = {f.name: f for f in view.features}
            for feature_name in ref.features:
                named.append((ref.prefix + feature_name, ref.span or config.timestamp.span))
                columns.append(Column(ref.prefix + feature_name, by_name[feature_name].type))
        self._unique(named, "rename one, or set a `prefix`")
        known = tuple(columns) if spine is not None else None
        self._check_docs(template, known)
        self._check_clustered(template, _names(known))
        return TrainingSetNode(
            *self._common(template, parsed, known),
            config=config,
            bound=tuple(bound),
            spine_columns=spine,
            spine_timestamp=config.timestamp,
        )

    def _common(self, template: Template, parsed: Parsed, columns: tuple[Column, ...] | None) -> _Common:
        header = template.header
        node_id = model_id(self.names.project, template)
        name = header.alias.text if header.alias else template.name
        relation = TableName(header.schema or self.place.schema, name, self.place.database)
        parents = self.names.dag.parents(node_id)
        return (node_id, template.name, header, template.file, parsed, relation, columns, parents)

    def _key_names(self, config: FeatureViewConfig) -> list[tuple[str, Name]]:
        names: list[tuple[str, Name]] = []
        for entity_name in config.entities:
            entity = self.names.entities.get(entity_name.text.lower())
            if entity is None:
                known = [e.name.text for e in self.names.entities.values()]
                hints = nearest(entity_name.text, known) or ("declare it in a .yml file: `entities: [{name: ..., keys: [...]}]`",)
                self.found.append(Diagnostic("FS403", f"there is no entity `{entity_name}`", entity_name.span, hints=hints))
                continue
            names += [(key.text, entity_name) for key in entity.keys]
        return names

    def _key(self, key: tuple[str, Name], by_name: dict[str, Projection], config: FeatureViewConfig) -> KeyColumn | None:
        name, entity = key
        projection = by_name.get(name.lower())
        if projection is None:
            hints = (f"add `{name}` to the SELECT list, or `... as {name}`",)
            message = f"the SELECT list lacks `{name}`, a key of entity `{entity}`"
            self.found.append(Diagnostic("FS411", message, entity.span, hints=hints))
            return None
        return self._plain(projection, name, "a key")

    def _timestamp(self, config: FeatureViewConfig, by_name: dict[str, Projection]) -> KeyColumn | None:
        projection = by_name.get(config.timestamp.text.lower())
        if projection is None:
            hints = nearest(config.timestamp.text, [p.name.text for p in by_name.values()])
            hints = hints or (f"add `{config.timestamp}` to it",)
            message = f"the SELECT list lacks `{config.timestamp}`, the view's timestamp"
            self.found.append(Diagnostic("FS313", message, config.timestamp.span, hints=hints))
            return None
        column = self._plain(projection, projection.name.text, "the timestamp")
        if column:
            self._check_time(column, projection.name.span, "timestamp")
        return column

    def _plain(self, projection: Projection, name: str, what: str) -> KeyColumn | None:
        if projection.expr.calls or projection.expr.uses_as_of:
            message = f"`{name}` is {what}: it cannot depend on windows or on t"
            self.found.append(Diagnostic("FS310", message, projection.name.span))
            return None
        return KeyColumn(projection.name.text, projection.expr.text, projection.type)

    def _body_column(self, name: Name, by_name: dict[str, Projection], typed: Typed, what: str) -> KeyColumn | None:
        """A column that the header names: an output of the SELECT list, else a column of its FROM."""
        projection = by_name.get(name.text.lower())
        if projection:
            return self._plain(projection, name.text, f"`{what}`")
        quoted = Text.standing_for(DIALECTS[self.place.dialect].quote(name.text), name.span)
        if typed.scope is None:
            return KeyColumn(name.text, quoted, None)
        found = [c for c in typed.scope if c.name.lower() == name.text.lower()]
        if not found:
            hints = nearest(name.text, [c.name for c in typed.scope])
            self.found.append(Diagnostic("FS305", f"there is no column `{name}` for `{what}`", name.span, hints=hints))
            return None
        if len(found) > 1:
            hint = f"add `TABLE.{name} as {name}` to the SELECT list"
            self.found.append(Diagnostic("FS306", f"`{name}` is in more than one table", name.span, hints=(hint,)))
        return KeyColumn(name.text, quoted, found[0].type)

    def _feature(self, template: Template, projection: Projection) -> Feature:
        docs = {c.name.text.lower(): c.description for c in template.header.columns}
        description = docs.get(projection.name.text.lower(), "")
        return Feature(template.name, projection.name.text, projection.name.span, projection.expr, projection.type, description)

    def _check_time(self, column: KeyColumn, span: Span, what: str) -> None:
        if column.type and not is_time(column.type):
            self.found.append(not_a_time(column.name, column.type, span))

    def _check_online(self, template: Template, features: tuple[Feature, ...], keys: list[KeyColumn | None]) -> None:
        spans = {f.name.lower(): f.span for f in features}
        for name in ONLINE_COLUMNS:
            if name in spans or name in [k.name.lower() for k in keys if k]:
                message = f"`{name}` is a column that every online table has"
                self.found.append(Diagnostic("FS110", message, spans.get(name, template.header.span), hints=("rename it",)))

    def _check_docs(self, template: Template, columns: tuple[Column, ...] | None) -> None:
        if columns is None:
            return
        known = {c.name.lower() for c in columns}
        for doc in template.header.columns:
            if doc.name.text.lower() not in known:
                hints = nearest(doc.name.text, [c.name for c in columns])
                message = f"`{template.name}` has no column `{doc.name}`"
                self.found.append(Diagnostic("FS404", message, doc.name.span, hints=hints))

    def _check_clustered(self, template: Template, names: Sequence[str]) -> None:
        """FS404 for a column in `cluster_by` that its tables do not have. No names: they are not known."""
        known = {name.lower() for name in names}
        for name in template.header.storage.cluster_by if known else ():
            if name.text.lower() not in known:
                hints = nearest(name.text, names) or (f"its columns: {', '.join(names)}",)
                self.found.append(
                    Diagnostic("FS404", f"tables of `{template.name}` have no column `{name}`", name.span, hints=hints)
                )

    def _spine_column(self, name: Name, spine: tuple[Column, ...] | None, what: str) -> Column | None:
        found = next((c for c in spine or () if c.name.lower() == name.text.lower()), None)
        if spine is not None and found is None:
            hints = nearest(name.text, [c.name for c in spine])
            self.found.append(Diagnostic("FS313", f"the spine has no column `{name}`, its `{what}`", name.span, hints=hints))
        return found

    def _unique(self, named: Sequence[tuple[str, Span | None]], hint: str) -> None:
        """FS311 for the second of one name; a column without a place is the spine's own."""
        first: dict[str, Span | None] = {}
        for name, span in named:
            if name.lower() not in first:
                first[name.lower()] = span
                continue
            earlier = first[name.lower()]
            labels = (Label(earlier, "the other one"),) if earlier and earlier != span else ()
            message = f"two columns are named `{name}`" + ("" if earlier else ": the other one is the spine's")
            self.found.append(Diagnostic("FS311", message, span, labels=labels, hints=(hint,)))


def _names(columns: tuple[Column, ...] | None) -> list[str]:
    return [column.name for column in columns or ()]


def bind(
    ref: FeatureRef,
    views: Mapping[str, FeatureViewNode],
    spine: tuple[Column, ...] | None,
    fallback: Span | None,
    findings: list[Diagnostic],
) -> BoundView | None:
    """A view as one training set uses it (R21, R22); FS404 and FS411 go to `findings`. `views` by name in lower case."""
    view = views.get(ref.view.text.lower())
    if view is None:
        return None  # its own errors have been told
    names = {f.name.lower(): f.name for f in view.features}
    chosen = [names.get(c.text.lower()) for c in ref.columns] if ref.columns is not None else list(names.values())
    for column, found in zip(ref.columns or (), chosen, strict=False):
        if found is None:
            hints = nearest(column.text, names.values()) or (f"its features: {', '.join(names.values())}",)
            message = f"feature view `{view.name}` has no feature `{column}`"
            findings.append(Diagnostic("FS404", message, column.span, hints=hints))
    on = {key.text.lower(): (key, column) for key, column in ref.on}
    key_names = [key.name for key in view.keys]
    for lowered, (key, _) in on.items():
        if lowered not in [k.lower() for k in key_names]:
            hints = nearest(key.text, key_names) or (f"its keys: {', '.join(key_names) or 'none'}",)
            findings.append(Diagnostic("FS411", f"`{key}` is not a key of `{view.name}`", key.span, hints=hints))
    columns = [_bound_key(view, key, on, spine, ref.span or fallback, findings) for key in key_names]
    return BoundView(view.name, tuple(c for c in chosen if c), tuple(columns), ref.prefix, ref.span)


def _bound_key(
    view: FeatureViewNode,
    key: str,
    on: dict[str, tuple[Name, Name]],
    spine: tuple[Column, ...] | None,
    span: Span | None,
    findings: list[Diagnostic],
) -> str:
    bound = on.get(key.lower())
    wanted = bound[1].text if bound else key
    found = next((c.name for c in spine or () if c.name.lower() == wanted.lower()), None)
    if spine is not None and found is None:
        at = bound[1].span if bound else span
        known = [c.name for c in spine]
        hint = f"bind it: `{{view: {view.name}, on: {{{key}: COLUMN}}}}` with one of {', '.join(f'`{c}`' for c in known[:12])}"
        hints = (nearest(wanted, known) if bound else ()) or (hint,)
        message = f"the spine has no column `{wanted}` for key `{key}` of `{view.name}`"
        findings.append(Diagnostic("FS411", message, at, hints=hints))
    return found or wanted


def one_relation_each(nodes: Iterable[Node]) -> Iterator[Diagnostic]:
    """FS405 for a node that would take the place of another one's table or view."""
    first: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, SourceNode) or (isinstance(node, ModelNode) and node.config.materialized == "ephemeral"):
            continue
        other = first.setdefault(str(node.relation).lower(), node.name)
        if other != node.name:
            at = Span(node.file, 0, 0) if isinstance(node, SeedNode) else node.header.span
            message = f"`{node.name}` and `{other}` would both be `{node.relation}`"
            yield Diagnostic("FS405", message, at, hints=("give one of them another `alias` or `schema`",))


def not_a_time(name: str, type_name: str, span: Span | None = None) -> Diagnostic:
    """FS501 for a column that is to be a time."""
    return Diagnostic(
        "FS501",
        f"`{name}` is {type_name}, not a time",
        span,
        hints=("a time is DATE, TIMESTAMP or TIMESTAMP WITH TIME ZONE: cast it in the SELECT list",),
    )
