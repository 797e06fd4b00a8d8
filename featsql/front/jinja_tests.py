"""dbt's tag for a kind of data tests: `{% test NAME(model, ...) %} ... {% endtest %}` is a macro `test_NAME`."""

from __future__ import annotations

from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser


class TestTag(Extension):
    __test__ = False
    tags = {"test"}  # noqa: RUF012

    def parse(self, parser: Parser) -> nodes.Node:
        node = nodes.Macro(lineno=next(parser.stream).lineno)
        node.name = f"test_{parser.parse_assign_target(name_only=True).name}"
        parser.parse_signature(node)
        node.body = parser.parse_statements(("name:endtest",), drop_needle=True)
        return node
