"""The names that templates have: what they can call, what is missing, and what a value looks like when it is put out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, Literal

from jinja2 import StrictUndefined, Undefined, UndefinedError, pass_context
from jinja2.runtime import Context
from jinja2.utils import missing

from featsql.base.diagnostics import nearest

_NO_WAREHOUSE: Final = "templates are rendered without a connection: the same files and vars give the same SQL"
_NO_CLOCK: Final = "templates see no clock: the same files and vars give the same SQL; a time can be passed with `--vars`"
_IN_A_MACRO: Final = "outside its macros a macro file keeps no state: move this into a macro"
ABSENT: Final[Mapping[str, str]] = {
    "adapter": _NO_WAREHOUSE,
    "run_query": _NO_WAREHOUSE,
    "load_result": _NO_WAREHOUSE,
    "modules": _NO_CLOCK,
    "run_started_at": _NO_CLOCK,
    "namespace": _IN_A_MACRO,
    "cycler": _IN_A_MACRO,
    "joiner": _IN_A_MACRO,
}
"""Names that people coming from dbt, or from jinja2, may look for: why they are not there."""

_RULES: Final[Mapping[str, tuple[str, str]]] = {
    "ref": ("the name of a model", "ref('orders')"),
    "source": ("the name of a source and that of its table", "source('shop', 'orders')"),
    "var": ("a name, and a default if one is wanted", "var('start', '2020-01-01')"),
    "env_var": ("a name, and a default if one is wanted", "env_var('REGION', 'eu')"),
}


class Problem(Exception):
    """What a template did wrong, as a diagnostic without a place; `word` is what the caret should stand under."""

    def __init__(self, code: str, message: str, *hints: str, word: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.hints, self.word = code, message, hints, word


class Missing(UndefinedError):
    """A value was used that is not there: the variable `name`, or `name` as an attribute or item of `owner`."""

    def __init__(self, message: str, name: object, owner: object) -> None:
        super().__init__(message)
        self.name, self.owner = name, owner

    def explained(self, names: Iterable[str]) -> Problem:
        """`names` are those that the template could have meant."""
        word = str(self.name)
        if self.owner is not missing:
            known = [str(key) for key in self.owner] if isinstance(self.owner, Mapping) else []
            return Problem("FS202", f"there is no `{word}` in this {type(self.owner).__name__}", *nearest(word, known), word=word)
        if word == "this":
            said = "`this` is the table that an incremental model adds to, and there is none"
            return Problem(
                "FS202", said, "put it inside `{% if is_incremental() %}`, in a model with `materialized: incremental`", word=word
            )
        hints = (ABSENT[word],) if word in ABSENT else nearest(word, sorted(names))
        return Problem("FS202", f"`{word}` is not defined", *hints, word=word)


class Absent(StrictUndefined):
    """jinja2's strict undefined value, with an exception that knows the name."""

    __slots__ = ()
    __repr__ = StrictUndefined.__str__  # nor does a list put it out

    def __init__(
        self, hint: str | None = None, obj: Any = missing, name: str | None = None, exc: type[Exception] = UndefinedError
    ) -> None:
        def raised(message: str) -> Exception:
            return exc(message) if hint or exc is not UndefinedError else Missing(message, name, obj)

        super().__init__(hint, obj, name, raised)  # type: ignore[arg-type]


class Names:
    """The functions and values of one request. `note` records a `ref` or `source` and knows where it stands."""

    def __init__(self, request: Mapping[str, Any], note: Callable[[Literal["ref", "source"], str], None]) -> None:
        self._request, self._note = request, note

    def all(self) -> dict[str, Any]:
        return {
            "ref": self._ref,
            "source": self._source,
            "var": self._var,
            "env_var": self._env_var,
            "target": self._request["target"],
            "project_name": self._request["project"],
            "dict": _dict,
            "log": _silent,
            "print": _silent,
            "config": _refuse_config,
            "exceptions": {"raise_compiler_error": _raise_compiler_error},
        }

    def of_table(self, table: str | None) -> dict[str, Any]:
        """The names that depend on whether a model's own table is there."""
        if table is None:
            return {"is_incremental": lambda: False}
        return {"is_incremental": lambda: True, "this": f'"ref:{table}"'}

    def _ref(self, *given: Any, **named: Any) -> str:
        _check_names("ref", given, named, 1, 2)
        project = self._request["project"]
        if len(given) == 2 and given[0] != project:
            raise Problem("FS206", f"there is no project `{given[0]}` to refer to", *nearest(given[0], [project]), word=given[0])
        return self._mark("ref", given[-1])

    def _source(self, *given: Any, **named: Any) -> str:
        _check_names("source", given, named, 2, 2)
        return self._mark("source", ".".join(given))

    def _mark(self, kind: Literal["ref", "source"], target: str) -> str:
        self._note(kind, target)
        return f'"{kind}:{target}"'

    def _var(self, *given: Any, **named: Any) -> Any:
        name, *default = _with_default("var", given, named)
        variables = self._request["variables"]
        if name in variables:
            return variables[name]
        if default:
            return default[0]
        way_out = "set it under `vars:` in featsql.yml, or with `--vars`"
        raise Problem("FS203", f"there is no variable `{name}`", *nearest(name, variables), way_out, word=name)

    def _env_var(self, *given: Any, **named: Any) -> Any:
        name, *default = _with_default("env_var", given, named)
        if name in self._request["env_vars"]:
            return self._request["env_vars"][name]
        if default:
            return default[0]
        way_out = "set it, or give a default as the second argument"
        raise Problem("FS006", f"the environment variable `{name}` is not set", way_out, word=name)


def _with_default(function: str, given: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
    given += (named.pop("default"),) if "default" in named else ()
    _check_strings(function, given[:1], named)
    if not 1 <= len(given) <= 2:
        raise _wrong(function)
    return given


def _check_names(function: str, given: tuple[Any, ...], named: Mapping[str, Any], least: int, most: int) -> None:
    _check_strings(function, given, named)
    if not least <= len(given) <= most or not all(given) or any('"' in name for name in given):
        raise _wrong(function)


def _check_strings(function: str, given: tuple[Any, ...], named: Mapping[str, Any]) -> None:
    for value in given:
        if isinstance(value, Undefined):
            str(value)  # raises, and says which name it is
        if not isinstance(value, str):
            raise _wrong(function)
    if named:
        raise _wrong(function)


def _wrong(function: str) -> Problem:
    rule, example = _RULES[function]
    return Problem("FS206", f"`{function}` takes {rule}", f"write `{example}`")


@pass_context
def shown(_: Context, value: Any) -> Any:
    """A value as it is put out. Marked for the context so that jinja2 leaves all of it to run time, and to the limits."""
    if isinstance(value, Undefined):
        return value
    if callable(value):
        raise Problem("FS204", "a function is put out instead of what it returns", "call it: `name()`")
    if isinstance(value, Iterator):
        raise Problem("FS204", "a sequence is put out before it is a list", "write `... | list` or `... | join(', ')`")
    return value


def _dict(*given: Any, **named: Any) -> dict[Any, Any]:
    """The class itself would be a way around the sandbox: `dict.update(target, ...)`."""
    return dict(*given, **named)


def _silent(*_: Any, **__: Any) -> str:
    return ""


def _refuse_config(*_: Any, **__: Any) -> str:
    raise Problem("FS206", "configuration does not stand in the template", "put it into the header: `/*--- ... ---*/`")


def _raise_compiler_error(message: Any = "") -> str:
    raise Problem("FS204", str(message) or "the template raised an error")
