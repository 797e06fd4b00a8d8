"""The process in which templates are rendered: jinja2, sandboxed, under limits that the system keeps.

It reads one request from stdin and writes one line of JSON before and after each template. See `front.jinja` for the other end.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import IO, Any, Final

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, UndefinedError, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError
from jinja2.lexer import TokenStream
from jinja2.sandbox import ImmutableSandboxedEnvironment

_KEPT_GLOBALS: Final = ("range", "dict", "namespace")
_REFUSED: Final = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport, nodes.Block)


class Problem(Exception):
    """A wrong call of one of the functions that templates have."""

    def __init__(self, code: str, message: str, *hints: str, wanted: str = "", known: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.code, self.message, self.hints, self.wanted, self.known = code, message, hints, wanted, known


class _Generator(CodeGenerator):
    """Yields what a template puts out piece by piece: (offset, text, is it the template's own)."""

    def visit_Output(self, node: nodes.Output, frame: Frame) -> None:
        if frame.buffer is not None:  # inside a macro: its text is one value
            super().visit_Output(node, frame)
            return
        for child in node.nodes:
            if isinstance(child, nodes.TemplateData):
                self.writeline(f"yield ({child.lineno}, {child.data!r}, True)", child)
            else:
                self.writeline(f"yield ({child.lineno}, str(", child)
                self.visit(child, frame)
                self.write("), False)")


class _Environment(ImmutableSandboxedEnvironment):
    """Counts characters where jinja2 counts lines: every node knows exactly where it stands."""

    code_generator_class = _Generator

    def _tokenize(self, source: str, name: str | None, filename: str | None = None, state: str | None = None) -> TokenStream:
        stream = _with_offsets(source, self.lexer.tokeniter(source, name, filename, state))
        return TokenStream(self.lexer.wrap(stream, name, filename), name, filename)


def _with_offsets(source: str, stream: Iterator[tuple[int, str, str]]) -> Iterator[tuple[int, str, str]]:
    at = 0
    try:
        for _, token, value in stream:
            start = source.find(value, at)
            yield start, token, value
            at = start + len(value)
    except TemplateSyntaxError as error:
        if error.lineno <= source.count("\n") + 1 and not getattr(error, "counted", False):
            starts = [0]
            for line in source.splitlines(keepends=True):
                starts.append(starts[-1] + len(line))
            error.lineno = max(at, starts[error.lineno - 1])
        raise


class _Worker:
    def __init__(self, request: dict[str, Any], out: IO[str]) -> None:
        self.request = request
        self.out = out
        self.env = _Environment(
            undefined=StrictUndefined,
            keep_trailing_newline=True,
            autoescape=False,
            extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
        )
        self.env.globals = {name: self.env.globals[name] for name in _KEPT_GLOBALS}
        self.calls: list[dict[str, Any]] = []
        self.names: dict[str, Any] = dict(self.env.globals)
        self.templates: dict[str, Template] = {}

    def run(self) -> None:
        self.names.update(self._functions())
        problems = self._macros()
        self._say({"macros": problems})
        for job in self.request["templates"]:
            self._say({"begin": job["id"]})
            self._say({"done": job["id"], **self._render(job)})

    def _render(self, job: dict[str, Any]) -> dict[str, Any]:
        self.calls = []
        pieces: list[tuple[int, str, bool]] = []
        room = int(self.request["output"])
        file = f"model:{job['id']}"
        try:
            template = self._compile(job["text"], file)
            stream: Any = template.root_render_func(template.new_context(self.names, shared=True))
            for piece in stream:
                room -= len(piece[1])
                if room < 0:
                    raise Problem("FS205", f"the template puts out more than {self.request['output']:,} characters")
                pieces.append(piece)
        except Exception as error:
            return {"problem": self._problem(error, file)}
        return {"pieces": pieces, "calls": self.calls}

    def _compile(self, text: str, file: str) -> Template:
        tree = self.env._parse(text, file, file)
        for node in tree.find_all(_REFUSED):
            raise _syntax(f"`{type(node).__name__.lower()}` is not available", node.lineno, file)
        code = self.env.compile(tree, file, file)
        template = Template.from_code(self.env, code, self.names)
        self.templates[file] = template
        return template

    def _macros(self) -> list[dict[str, Any]]:
        problems: list[dict[str, Any]] = []
        homes: dict[str, str] = {}
        for i, text in enumerate(self.request["macros"]):
            file = f"macro:{i}"
            try:
                template = self._compile(text, file)
                module = template.make_module(self.names, shared=True)
            except Exception as error:
                problems.append({"file": file, **self._problem(error, file)})
                continue
            for name, value in vars(module).items():
                if name.startswith("_"):
                    continue
                if name in homes or name in self._functions():
                    message = f"two macros are named `{name}`" if name in homes else f"`{name}` is a name of featsql's own"
                    problems.append(
                        {"code": "FS405", "message": message, "hints": [], "file": file, "at": max(text.find(name), 0)}
                    )
                homes[name] = file
                self.names[name] = value
        return problems

    # --- what templates can call

    def _functions(self) -> dict[str, Any]:
        return {
            "ref": self._ref,
            "source": self._source,
            "var": self._var,
            "env_var": self._env_var,
            "target": self.request["target"],
            "project_name": self.request["project"],
            "is_incremental": lambda: False,
            "log": _silent,
            "print": _silent,
            "config": _refuse_config,
            "exceptions": {"raise_compiler_error": _raise_compiler_error},
        }

    def _ref(self, *names: Any) -> str:
        if not 1 <= len(names) <= 2 or not all(isinstance(n, str) and n and '"' not in n for n in names):
            raise Problem("FS206", "`ref` takes the name of a model", "write `ref('orders')`")
        if len(names) == 2 and names[0] != self.request["project"]:
            raise Problem("FS206", f"there is no project `{names[0]}` to refer to", "write `ref('orders')`")
        return self._call("ref", names[-1])

    def _source(self, *names: Any) -> str:
        if len(names) != 2 or not all(isinstance(n, str) and n and '"' not in n for n in names):
            raise Problem("FS206", "`source` takes the name of a source and of a table", "write `source('shop', 'orders')`")
        return self._call("source", f"{names[0]}.{names[1]}")

    def _call(self, kind: str, target: str) -> str:
        at, _ = self._place(None, prefer="model:")
        self.calls.append({"kind": kind, "target": target, "at": at})
        return f'"{kind}:{target}"'

    def _var(self, *given: Any) -> Any:
        if not 1 <= len(given) <= 2 or not isinstance(given[0], str):
            raise Problem("FS206", "`var` takes a name, and a default if one is wanted", "write `var('start')`")
        variables = self.request["variables"]
        if given[0] in variables:
            return variables[given[0]]
        if len(given) == 2:
            return given[1]
        raise Problem(
            "FS203",
            f"there is no variable `{given[0]}`",
            "set it under `vars:` in featsql.yml or with `--vars`",
            wanted=given[0],
            known=tuple(variables),
        )

    def _env_var(self, *given: Any) -> Any:
        if not 1 <= len(given) <= 2 or not all(isinstance(g, str) for g in given):
            raise Problem("FS206", "`env_var` takes a name, and a default if one is wanted", "write `env_var('REGION', 'eu')`")
        found = self.request["env_vars"].get(given[0])
        if found is not None:
            return found
        if len(given) == 2:
            return given[1]
        raise Problem(
            "FS006", f"the environment variable `{given[0]}` is not set", "set it, or give a second argument as default"
        )

    # --- what went wrong, and where

    def _problem(self, error: Exception, file: str) -> dict[str, Any]:
        at, home = self._place(error.__traceback__, prefer="")
        outer, _ = self._place(error.__traceback__, prefer="model:")
        code, message, wanted = "FS204", "", ""
        hints: tuple[str, ...] = ()
        known: tuple[str, ...] = ()
        match error:
            case Problem():
                code, message, hints = error.code, error.message, error.hints
                wanted, known = error.wanted, error.known
            case TemplateSyntaxError():
                code, message, at, home = "FS201", str(error.message), error.lineno, file
            case UndefinedError():
                code, message = "FS202", str(error.message)
                quoted = message.split("'")
                if message.endswith("is undefined") and len(quoted) == 3:
                    wanted, known = quoted[1], tuple(self.names)
                    message = f"`{wanted}` is not defined"
            case SecurityError():
                message = f"not allowed in a template: {error}"
            case RecursionError():
                code, message = "FS205", "the template calls itself too deeply"
            case MemoryError():
                code, message = "FS205", "the template needs more memory than it may have"
            case OverflowError():
                code, message = "FS205", f"the template asks for too much: {error}"
            case _:
                message = f"{error}" or type(error).__name__
        shown = message[:500].replace("\x00", "")
        found = {"code": code, "message": shown, "hints": list(hints), "file": home or file, "at": max(at, 0)}
        return {**found, "outer": outer, "wanted": wanted, "known": list(known)}

    def _place(self, traceback: TracebackType | None, prefer: str) -> tuple[int, str]:
        """(offset, file) of the innermost frame of a template whose file begins with `prefer`; (-1, "") if there is none."""
        frames: list[tuple[str, int]] = []
        if traceback is None:
            frame = sys._getframe()
            while frame is not None:
                frames.insert(0, (frame.f_code.co_filename, frame.f_lineno))
                frame = frame.f_back  # type: ignore[assignment]
        while traceback is not None:
            frames.append((traceback.tb_frame.f_code.co_filename, traceback.tb_lineno))
            traceback = traceback.tb_next
        for file, line in reversed(frames):
            template = self.templates.get(file)
            if template and file.startswith(prefer):
                return template.get_corresponding_lineno(line), file
        return -1, ""

    def _say(self, message: dict[str, Any]) -> None:
        self.out.write(json.dumps(message) + "\n")
        self.out.flush()


def _syntax(message: str, at: int, file: str) -> TemplateSyntaxError:
    return TemplateSyntaxError(message, at, file, file)


def _silent(*_: Any, **__: Any) -> str:
    return ""


def _refuse_config(*_: Any, **__: Any) -> str:
    raise Problem("FS206", "`config` is not a function here", "put configuration into the header: `/*--- ... ---*/`")


def _raise_compiler_error(message: Any = "") -> str:
    raise Problem("FS204", str(message))


def _limit(memory: int, seconds: int) -> None:
    try:
        import resource
    except ImportError:  # not on Windows: there the wall clock alone is the limit
        return
    with open("/proc/self/statm") if os.path.exists("/proc/self/statm") else open(os.devnull) as statm:  # noqa: PTH110, PTH123
        pages = statm.read().split()
    used = int(pages[0]) * resource.getpagesize() if pages else 0
    for what, most in ((resource.RLIMIT_AS, used + memory), (resource.RLIMIT_CPU, seconds)):
        hard = resource.getrlimit(what)[1]
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def main() -> None:
    """Serve one request."""
    out, sys.stdout = sys.stdout, sys.stderr
    request = json.load(sys.stdin)
    _limit(int(request["memory"]), int(request["cpu"]))
    sys.setrecursionlimit(900)
    _Worker(request, out).run()


_: Callable[[], None] = main
