"""Stage 4, names: every ref, source, entity and view that a project mentions is there, once, and nothing goes in circles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from featsql.base.dag import Dag
from featsql.base.diagnostics import Diagnostic, Label, nearest
from featsql.base.spans import SourceFile, Span
from featsql.ir.header import Entity, Kind, SourceTable, TrainingSetConfig
from featsql.ir.model import Parsed, Template
from featsql.ir.project import ParsedProject


@dataclass(frozen=True, slots=True)
class NameTable:
    """Everything that has a name, by that name in lower case; `dag` is over node ids, sources and seeds included."""

    project: str
    models: Mapping[str, tuple[Template, Parsed]]
    seeds: Mapping[str, SourceFile]
    sources: Mapping[str, SourceTable]
    entities: Mapping[str, Entity]
    dag: Dag = field(compare=False, repr=False)

    def node_id(self, marker: str) -> str:
        """The id of what a marker (`ref:orders`, `source:shop.orders`) names."""
        kind, _, target = marker.partition(":")
        if kind == "source":
            return f"source.{self.project}.{self.sources[target.lower()].id}"
        found = self.models.get(target.lower())
        if found is None:
            return f"seed.{self.project}.{seed_name(self.seeds[target.lower()])}"
        return model_id(self.project, found[0])


def model_id(project: str, template: Template) -> str:
    return f"{template.header.kind.value}.{project}.{template.name}"


def seed_name(file: SourceFile) -> str:
    """The file's stem: `seeds/ports.csv` is `ports`."""
    return file.path.rpartition("/")[2].rpartition(".")[0]


def resolve_names(project: ParsedProject) -> tuple[NameTable | None, tuple[Diagnostic, ...]]:
    """The name table, or None when errors (FS401, FS402, FS405 to FS408) make a graph impossible; warnings beside it."""
    return _Resolver(project).resolve()


class _Resolver:
    def __init__(self, project: ParsedProject) -> None:
        self.project = project
        self.name = project.files.settings.name
        self.found: list[Diagnostic] = []
        self.models: dict[str, tuple[Template, Parsed]] = {}
        self.disabled: dict[str, Template] = {}
        self.seeds: dict[str, SourceFile] = {}
        self.sources: dict[str, SourceTable] = {}
        self.entities: dict[str, Entity] = {}
        self.doubled: set[str] = set()

    def resolve(self) -> tuple[NameTable | None, tuple[Diagnostic, ...]]:
        self._collect()
        edges = {f"source.{self.name}.{s.id}": set[str]() for s in self.sources.values()}
        edges |= {f"seed.{self.name}.{seed_name(file)}": set() for file in self.seeds.values()}
        places: dict[tuple[str, str], Span | None] = {}
        for template, parsed in self.models.values():
            node = model_id(self.name, template)
            edges[node] = set()
            for parent, span in self._parents(template, parsed):
                edges[node].add(parent)
                places.setdefault((node, parent), span)
        dag = Dag({node: sorted(parents) for node, parents in edges.items()})
        cycle = dag.shortest_cycle()
        if cycle:
            self.found.append(_cycle(cycle, places))
        if any(d.is_error for d in self.found):
            return None, tuple(self.found)
        table = NameTable(self.name, self.models, self.seeds, self.sources, self.entities, dag)
        return table, tuple(self.found)

    def _collect(self) -> None:
        places: dict[str, Span] = {}
        for template, parsed in zip(self.project.templates, self.project.parsed, strict=True):
            span = Span(template.file, 0, 0)
            if not template.header.enabled:
                self.disabled[template.name.lower()] = template
            elif self._is_new("model", template.name, span, places):
                self.models[template.name.lower()] = (template, parsed)
        for file in self.project.files.seeds:
            if self._is_new("seed", seed_name(file), Span(file, 0, 0), places):
                self.seeds[seed_name(file).lower()] = file
        source_places: dict[str, Span] = {}
        entity_places: dict[str, Span] = {}
        for declared in self.project.declarations:
            for source in declared.sources:
                if self._is_new("source", source.id, source.name.span, source_places):
                    self.sources[source.id.lower()] = source
            for entity in declared.entities:
                if self._is_new("entity", entity.name.text, entity.name.span, entity_places):
                    self.entities[entity.name.text.lower()] = entity

    def _is_new(self, what: str, name: str, span: Span, places: dict[str, Span]) -> bool:
        first = places.setdefault(name.lower(), span)
        if first is span:
            return True
        self.doubled.add(name.lower())
        labels = (Label(first, "the first one"),)
        self.found.append(
            Diagnostic("FS405", f"{what} `{name}` is there twice", span, labels=labels, hints=("rename one of them",))
        )
        return False

    def _parents(self, template: Template, parsed: Parsed) -> Iterator[tuple[str, Span | None]]:
        for read in parsed.all_reads:
            match read.kind:
                case "ref":
                    yield from self._model(read.target, read.span)
                case "source":
                    yield from self._source(read.target, read.span)
                case "table":
                    self.found.append(self._past_the_graph(read.target, read.span))
        for name in template.header.depends_on:
            yield from self._model(name.text, name.span)
        config = template.header.config
        if isinstance(config, TrainingSetConfig):
            for feature in config.features:
                yield from self._view(feature.view.text, feature.view.span)

    def _model(self, name: str, span: Span | None) -> Iterator[tuple[str, Span | None]]:
        lowered = name.lower()
        if lowered in self.models:
            yield model_id(self.name, self.models[lowered][0]), span
        elif lowered in self.seeds:
            yield f"seed.{self.name}.{seed_name(self.seeds[lowered])}", span
        elif lowered in self.disabled:
            at = Label(self.disabled[lowered].header.span, "`enabled: false`")
            advice = "enable it, or disable what reads it"
            self.found.append(Diagnostic("FS408", f"`{name}` is disabled", span, labels=(at,), hints=(advice,)))
        else:
            known = [*(t.name for t, _ in self.models.values()), *(seed_name(f) for f in self.seeds.values())]
            hints = nearest(name, known)
            sources = [s.id for s in self.sources.values() if lowered in s.id.lower().split(".")]
            if sources:
                hints = (f"it is a source: write `source('{sources[0].partition('.')[0]}', '{sources[0].partition('.')[2]}')`",)
            self.found.append(Diagnostic("FS401", f"there is no model or seed `{name}`", span, hints=hints))

    def _source(self, name: str, span: Span | None) -> Iterator[tuple[str, Span | None]]:
        source = self.sources.get(name.lower())
        if source:
            yield f"source.{self.name}.{source.id}", span
            return
        declare = "declare it under `sources:` in a .yml file beside the models"
        hints = (*nearest(name, [s.id for s in self.sources.values()]), declare)
        self.found.append(Diagnostic("FS402", f"there is no source `{name}`", span, hints=hints))

    def _view(self, name: str, span: Span) -> Iterator[tuple[str, Span | None]]:
        if name.lower() in self.doubled:
            return  # which of the two is meant is not known
        found = self.models.get(name.lower())
        if found is None or found[0].header.kind is Kind.FEATURE_VIEW:
            if name.lower() in self.seeds:
                self.found.append(_no_view(name, "seed", span, Span(self.seeds[name.lower()], 0, 0)))
                return
            if found is None and name.lower() not in self.disabled:
                views = [t.name for t, _ in self.models.values() if t.header.kind is Kind.FEATURE_VIEW]
                hints = nearest(name, views) or ((f"feature views: {', '.join(views)}",) if views else ())
                self.found.append(Diagnostic("FS401", f"there is no feature view `{name}`", span, hints=hints))
                return
            yield from self._model(name, span)
            return
        kind = found[0].header.kind.value.replace("_", " ")
        self.found.append(_no_view(name, kind, span, found[0].header.span))

    def _past_the_graph(self, table: str, span: Span | None) -> Diagnostic:
        name = table.rpartition(".")[2].strip('"').lower()
        is_ours = name in self.models or name in self.seeds
        hint = f"write `{{{{ ref('{name}') }}}}`" if is_ours else "declare it as a source, and read it with `source(...)`"
        message = f"`{table}` is read without `ref` or `source`: the graph does not know it"
        return Diagnostic("FS409", message, span, hints=(hint,), severity="warning")


def _no_view(name: str, kind: str, span: Span, at: Span) -> Diagnostic:
    hints = ("features come from feature views: write one that reads it",)
    return Diagnostic("FS407", f"`{name}` is a {kind}, not a feature view", span, labels=(Label(at, f"a {kind}"),), hints=hints)


def _cycle(cycle: tuple[str, ...], places: Mapping[tuple[str, str], Span | None]) -> Diagnostic:
    names = [node.rpartition(".")[2] for node in cycle]
    # an edge runs from what is read to its reader: backwards, each one reads the next
    readers = [*reversed(cycle)]
    path = " -> ".join([*reversed(names), names[-1]])
    edges = list(zip(readers, [*readers[1:], readers[0]], strict=True))
    spans = [(span, reader, read) for reader, read in edges if (span := places.get((reader, read)))]
    labels = tuple(Label(span, f"`{_short(reader)}` reads `{_short(read)}`") for span, reader, read in spans[1:])
    at = spans[0][0] if spans else None
    hints = ("let one of them read what the other one reads",)
    return Diagnostic("FS406", f"models read each other in a circle: {path}", at, "the circle closes here", labels, hints=hints)


def _short(node_id: str) -> str:
    return node_id.rpartition(".")[2]
