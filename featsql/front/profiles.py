"""`profiles.yml`, in dbt's layout: which warehouse a target is, and how to connect to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from featsql.base.diagnostics import Diagnostic, FeatsqlError, nearest
from featsql.base.spans import SourceFile
from featsql.front.concealed import conceal
from featsql.front.connections import CONNECTION_TYPES, MOST_THREADS, ConnectionType, plain_words, read_connection
from featsql.front.envvars import Renderer
from featsql.front.keys import Keys, as_keys
from featsql.front.yamlsubset import YamlEntry, YamlMap, YamlNode, YamlScalar, compose
from featsql.ir.project import Target

_PUBLIC: Final = frozenset[str]().union(*(connection.public for connection in CONNECTION_TYPES.values()))
_SHARED_KEYS = ("type", "schema", "database", "threads")


def read_target(file: SourceFile, profile: str, target: str | None, env: Mapping[str, str]) -> Target:
    """One target of a profile, its values rendered; without `target` the one that the profile names as its default.

    Raises FS004, FS005, FS006 or FS10x for what makes the target unusable even for `compile`. What only a connection
    needs (a variable that is not set, a missing `account`) is in `Target.problems`. Other targets are not looked at.
    Defaults are dbt's: one thread; schema `main` in DuckDB, `PUBLIC` in Snowflake.
    No finding shows a value that may be a secret.
    """
    found: list[Diagnostic] = []
    root = compose(file, found, jinja="kept")
    reader = _Reader(file, found, [], env)
    read = reader.target(root, profile, target)
    if read is None or any(finding.is_error for finding in found):
        raise FeatsqlError(*conceal(tuple(found or reader.problems), file, root, _PUBLIC))
    return Target(
        name=read.name,
        profile=profile,
        type=read.type,
        schema=read.schema,
        database=read.database,
        threads=read.threads,
        config=read.config,
        problems=conceal(tuple(reader.problems), file, root, _PUBLIC),
    )


def read_outputs(file: SourceFile, profile: str, env: Mapping[str, str]) -> dict[str, str]:
    """The type of each target of a profile, by its name; those whose type cannot be told are left out.

    Raises FS004 or FS005 where there is no such profile.
    """
    found: list[Diagnostic] = []
    reader = _Reader(file, found, [], env)
    root = compose(file, found, jinja="kept")
    keys = reader.keys(root, profile)
    outputs = reader.outputs(keys, profile) if keys else None
    if outputs is None:
        raise FeatsqlError(*conceal(tuple(found), file, root, _PUBLIC))
    types = {entry.key.text: _type_of(entry.value) for entry in outputs.node.entries}
    return {name: type_ for name, type_ in types.items() if type_}


def _type_of(output: YamlNode) -> str:
    type_ = output.get("type") if isinstance(output, YamlMap) else None
    return type_.value.raw if type_ and isinstance(type_.value, YamlScalar) else ""


@dataclass(slots=True)
class _Reader:
    """`found` is what is wrong at once, `problems` what is wrong when something connects."""

    file: SourceFile
    found: list[Diagnostic]
    problems: list[Diagnostic]
    env: Mapping[str, str]

    def target(self, root: YamlNode | None, profile: str, target: str | None) -> Target | None:
        keys = self.keys(root, profile)
        outputs = self.outputs(keys, profile) if keys else None
        chosen = self._chosen(keys, outputs, target) if keys and outputs else None
        return self._output(chosen, profile) if chosen else None

    def keys(self, root: YamlNode | None, profile: str) -> Keys | None:
        """What stands under a profile's name."""
        if root is None:
            if not self.found:
                hint = "it holds profiles: `NAME: {target: dev, outputs: {dev: {type: duckdb, path: ...}}}`"
                self.found.append(Diagnostic("FS004", f"`{self.file.path}` is empty", hints=(hint,)))
            return None
        profiles = as_keys(root, f"`{self.file.path}`", f"`{self.file.path}`", self.found)
        entry = self._profile(profiles, profile) if profiles else None
        keys = as_keys(entry.value, f"profile `{profile}`", f"profile `{profile}`", self.found) if entry else None
        if keys:
            keys.only("target", "outputs")
            keys.require("outputs")
        return keys

    def outputs(self, keys: Keys, profile: str) -> Keys | None:
        return keys.mapping("outputs", f"the outputs of profile `{profile}`")

    def _profile(self, profiles: Keys, profile: str) -> YamlEntry | None:
        entry = profiles.node.get(profile)
        if entry is None:
            known = [e.key.text for e in profiles.node.entries if e.key.text != "config"]  # dbt's own settings
            hints = nearest(profile, known) or (f"profiles there: {', '.join(known) or 'none'}",)
            self.found.append(Diagnostic("FS005", f"`{self.file.path}` has no profile `{profile}`", hints=hints))
        return entry

    def _chosen(self, keys: Keys, outputs: Keys, target: str | None) -> YamlEntry | None:
        """The output that is asked for, else the profile's own choice, else the only one."""
        known = [entry.key.text for entry in outputs.node.entries]
        default = keys.entry("target")
        name, span = target, None
        if name is None and default:
            rendered = Keys(_only(default, self._renderer(self.found).node(default.value)), keys.what, keys.found)
            chosen = rendered.name("target")
            if chosen is None:
                return None
            name, span = chosen.text, chosen.span
        if name is None and len(known) != 1:
            message = f"{keys.what} needs `target`, the default among its outputs"
            hint = f"add `target: {known[0] if known else 'dev'}`, or name one with -t"
            self.found.append(Diagnostic("FS105", message, keys.node.span, hints=(hint,)))
            return None
        entry = outputs.node.get(name or known[0])
        if entry is None and name is not None:
            near = nearest(name, known) or (f"its targets: {', '.join(known) or 'none'}",)
            self.found.append(Diagnostic("FS005", f"{keys.what} has no target `{name}`", span, hints=near))
        return entry

    def _output(self, chosen: YamlEntry, profile: str) -> Target | None:
        what = f"target `{chosen.key}`"
        keys = as_keys(self._renderer(self.problems).node(chosen.value), what, what, self.found)
        connection = self._connection(keys) if keys else None
        if keys is None or connection is None:
            return None
        keys = Keys(plain_words(keys.node, connection), what, self.found)
        self._check_keys(keys, connection)
        schema, database = keys.name("schema"), keys.name("database")
        target = Target(
            name=chosen.key.text,
            profile=profile,
            type=str(keys.name("type")),
            schema=schema.text if schema else connection.schema,
            database=database.text if database else None,
            threads=keys.whole("threads", 1, MOST_THREADS) or 1,
            config=read_connection(keys, connection),
        )
        if not self.problems:  # else a variable that is not set would be told again, as a key that is missing
            connection.check(Keys(YamlMap(keys.node.entries, chosen.key.span), what, self.problems))
        return target

    def _connection(self, keys: Keys) -> ConnectionType | None:
        """The kind of warehouse under `type`, without which nothing else can be read."""
        entry = keys.node.get("type")
        unset = [problem for problem in self.problems if entry and problem.span == entry.value.span]
        if unset or not keys.require("type"):
            self.found.extend(unset)
            return None
        name = keys.name("type")
        if name is None or name.text in CONNECTION_TYPES:
            return CONNECTION_TYPES[name.text] if name else None
        hints = nearest(name.text, CONNECTION_TYPES) or (f"types: {', '.join(CONNECTION_TYPES)}",)
        self.found.append(Diagnostic("FS004", f"there is no type of target `{name}`", name.span, hints=hints))
        return None

    def _check_keys(self, keys: Keys, connection: ConnectionType) -> None:
        for entry in keys.node.entries:
            if entry.key.text in connection.later:
                message = f"`{entry.key}` in a profile is not available in this version"
                self.found.append(Diagnostic("FS009", message, entry.key.span, hints=("leave it out",)))
        rest = tuple(entry for entry in keys.node.entries if entry.key.text not in connection.later)
        Keys(YamlMap(rest, keys.node.span), keys.what, keys.found).only(*_SHARED_KEYS, *connection.forms)

    def _renderer(self, unset: list[Diagnostic]) -> Renderer:
        return Renderer(self.env, self.found, unset)


def _only(entry: YamlEntry, value: YamlNode) -> YamlMap:
    return YamlMap((YamlEntry(entry.key, value),), entry.key.span)
