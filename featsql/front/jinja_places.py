"""Compiles a template so that every piece of its output, and every error, knows which characters of it are meant.

jinja2 counts lines, and has one place to write them: a node's `lineno`. Here that number is first the offset of the node's
token, then, once the tree is complete, the index of its place in `Source.places`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Any, Final, NoReturn

from jinja2 import Environment, Template, TemplateAssertionError, TemplateSyntaxError, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.lexer import TokenStream
from jinja2.parser import Parser

Place = tuple[int, int]
"""The characters `[start, end)` of a template."""

_SILENT: Final = frozenset({"whitespace", "data", "comment_begin", "comment", "comment_end", "raw_begin", "raw_end"})
_REFUSED: Final = frozenset({"extends", "include", "import", "from", "block", "autoescape"})
_ONE_TOKEN: Final = (nodes.Const, nodes.Name, nodes.List, nodes.Dict, nodes.Call, nodes.Neg, nodes.Pos, nodes.Not)
_LEAVES: Final = (nodes.Const, nodes.Name, nodes.TemplateData)
_CANNOT_FAIL: Final = (nodes.Const, nodes.TemplateData, nodes.Slice, nodes.NSRef)


class Refused(TemplateSyntaxError):
    """A tag that jinja2 has and featsql does not."""


class Source:
    """One template: its text, tokens, tags and places; `file` is what tracebacks call it."""

    def __init__(self, file: str, text: str) -> None:
        self.file, self.text = file, text
        self.tags: list[Place] = []
        self.places: list[Place] = [(0, 0)]  # jinja2 takes number 0 for "as before"
        self.assigned: set[str] = set()
        self._named: list[nodes.Filter | nodes.Test] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._words: list[str] = []
        self._closing: dict[int, int] = {}
        self._open: list[int] = []
        self._code_lines: list[int] = []
        self._code_places: list[int] = []

    def parse(self, environment: Environment) -> nodes.Template:
        tree = _Parser(environment, self).parse()
        self._settle(tree)
        return tree

    def compile(self, environment: Environment, tree: nodes.Template) -> Template:
        """Ready to be run. Its root yields `(start, end)` of text of its own and `(start, end, text)` of what a tag put out."""
        generator = _Generator(environment, self)
        try:
            generator.visit(tree)
        except TemplateAssertionError as error:
            error.lineno = self.places[error.lineno][0]
            raise
        self._code_places = [place for place, _ in generator.debug_info]
        self._code_lines = [line for _, line in generator.debug_info]
        code = environment._compile(generator.stream.getvalue(), self.file)  # type: ignore[attr-defined]
        return Template.from_code(environment, code, environment.globals)

    def strangers(self, environment: Environment) -> Iterator[tuple[str, str, Place, Iterable[str]]]:
        """Filters and tests that do not exist: kind, name, place, and those that do."""
        for node in self._named:
            kind = "filter" if isinstance(node, nodes.Filter) else "test"
            known = environment.filters if isinstance(node, nodes.Filter) else environment.tests
            if node.name not in known:
                place = self.places[node.lineno]
                yield kind, node.name, self.word(node.name, place) or place, known

    # --- asked while compiling

    def tokens(self, environment: Environment) -> Iterator[tuple[int, str, str]]:
        """What jinja2's lexer finds, each with its offset: between two tokens it leaves out nothing but spaces."""
        start = at = 0
        try:
            for _, kind, word in environment.lexer.tokeniter(self.text, self.file, self.file):
                start = self.text.find(word, at)
                at = start + len(word)
                if kind not in _SILENT:
                    self._note(kind, word, start, at)
                yield start, kind, word
        except TemplateSyntaxError as error:
            error.lineno = start if str(error.message).startswith("Missing end") else at
            raise

    def _note(self, kind: str, word: str, start: int, end: int) -> None:
        if word in ("(", "[", "{"):
            self._open.append(start)
        elif word in (")", "]", "}"):
            self._closing[self._open.pop()] = end
        elif kind.endswith("_begin"):
            self.tags.append((start, end))
        elif kind.endswith("_end"):
            end = start + len(word.rstrip())
            self.tags[-1] = (self.tags[-1][0], end)
        self._starts.append(start)
        self._ends.append(end)
        self._words.append(word)

    def _settle(self, node: nodes.Node) -> Place | None:
        """Give each node its place: what it and all beneath it span, or of a statement, its opening tag."""
        children = () if isinstance(node, _LEAVES) else node.iter_child_nodes()
        inner = [place for child in children if (place := self._settle(child))]
        if isinstance(node, nodes.Name) and node.ctx != "load":
            self.assigned.add(node.name)
        if isinstance(node, nodes.Filter | nodes.Test):
            self._named.append(node)
        if isinstance(node, nodes.Stmt | nodes.Template):
            place = self.tag(node.lineno)
        elif isinstance(node, nodes.TemplateData):
            place = (node.lineno, node.lineno + len(node.data))
        else:
            if not inner or isinstance(node, (*_ONE_TOKEN, nodes.Getattr, nodes.Getitem, nodes.Filter, nodes.Test)):
                inner.append(self._own(node))
            place = (min(start for start, _ in inner), max(end for _, end in inner))
        node.lineno = len(self.places)
        self.places.append(place)
        return place if isinstance(node, nodes.Expr | nodes.Helper) else None

    def _own(self, node: nodes.Node) -> Place:
        """From the token that jinja2 gives for the node to its last one, a closing bracket if there is any."""
        at = node.lineno or 0
        i = max(bisect_right(self._starts, at) - 1, 0)
        if at in self._closing:
            return at, self._closing[at]
        match node:
            case nodes.Getattr() | nodes.Getitem():
                return at, self._ends[i + 1]
            case nodes.NSRef():
                return at, self._ends[i + 2]
            case nodes.Test():
                return at, self._past_name(i + (2 if self._words[i + 1] == "not" else 1))
            case nodes.Filter():
                return at, self._past_name(i)
        return at, self._ends[i]

    def _past_name(self, i: int) -> int:
        while self._words[i + 1] == ".":
            i += 2
        return self._closing[self._starts[i + 1]] if self._words[i + 1] == "(" else self._ends[i]

    # --- asked while running

    def tag(self, at: int) -> Place:
        """The tag that holds the offset."""
        i = bisect_right(self.tags, (at, len(self.text))) - 1
        return self.tags[i] if i >= 0 else (0, 0)

    def token(self, at: int) -> Place:
        """The token that begins at the offset, or the one character there."""
        i = bisect_right(self._starts, at) - 1
        if i >= 0 and self._starts[i] == at:
            return at, self._ends[i]
        return at, min(at + 1, len(self.text))

    def word(self, word: str, within: Place) -> Place | None:
        """Where `word` stands as a name or between quotes, first in the characters given."""
        for i in range(bisect_right(self._starts, within[0] - 1), bisect_right(self._starts, within[1] - 1)):
            if self._words[i] == word or (self._words[i][0] in "'\"" and self._words[i][1:-1] == word):
                return self._starts[i], self._ends[i]
        return None

    def place_of(self, code_line: int) -> Place:
        """What the line of the compiled template was made from."""
        i = bisect_right(self._code_lines, code_line) - 1
        return self.places[self._code_places[i]] if i >= 0 else (0, 0)


class _Parser(Parser):
    def __init__(self, environment: Environment, source: Source) -> None:
        super().__init__(environment, "", source.file, source.file)
        tokens = environment.lexer.wrap(source.tokens(environment), source.file, source.file)
        self.stream = TokenStream(tokens, source.file, source.file)
        self._opened: list[int] = []

    def parse_statement(self) -> nodes.Node | list[nodes.Node]:
        tag = self.stream.current
        if tag.value in _REFUSED:
            self.fail(f"`{tag.value}` is not available in templates", tag.lineno, Refused)
        self._opened.append(tag.lineno)
        statement = super().parse_statement()
        self._opened.pop()
        return statement

    def fail_eof(self, end_tokens: tuple[str, ...] | None = None, lineno: int | None = None) -> NoReturn:
        self.fail(f"`{self._tag_stack[-1]}` is never closed", self._opened[-1])


class _Generator(CodeGenerator):
    """Puts every expression on a line of its own, so that the line of a traceback tells which one failed."""

    def __init__(self, environment: Environment, source: Source) -> None:
        super().__init__(environment, source.file, source.file, optimized=False)
        self.source = source

    def visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(node, nodes.Expr) or isinstance(node, _CANNOT_FAIL) or getattr(node, "ctx", "load") != "load":
            return super().visit(node, *args, **kwargs)
        self.write("(")
        self.newline(node)
        super().visit(node, *args, **kwargs)
        self.write(")")
        return None

    def visit_Output(self, node: nodes.Output, frame: Frame) -> None:
        if frame.buffer is not None:  # in a macro: its text is one value of the expression that calls it
            super().visit_Output(node, frame)
            return
        finalize = self._make_finalize()
        for child in node.nodes:
            if isinstance(child, nodes.TemplateData):
                start, end = self.source.places[child.lineno]
                self.writeline(f"yield {start}, {end}")
                continue
            self.start_write(frame, child)
            self._output_child_pre(child, frame, finalize)
            self.visit(child, frame)
            self._output_child_post(child, frame, finalize)
            self.end_write(frame)

    def start_write(self, frame: Frame, node: nodes.Node | None = None) -> None:
        if frame.buffer is not None or node is None:
            super().start_write(frame, node)
            return
        start, end = self.source.tag(self.source.places[node.lineno][0])
        self.writeline("try:", node)
        self.indent()
        self.writeline(f"yield {start}, {end}, ", node)

    def end_write(self, frame: Frame) -> None:
        super().end_write(frame)
        if frame.buffer is None:
            self.outdent()
            self.writeline("except Exception:")
            self.indent()
            self.writeline("environment.survive()")
            self.outdent()
