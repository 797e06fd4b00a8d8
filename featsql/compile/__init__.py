"""The chain of stages put together: from a project's files to a feature graph, and from a node of it to its queries."""

from featsql.compile.compiler import Compiler, absolute
from featsql.compile.fingerprints import Fingerprints, fingerprints
from featsql.compile.graph import build_graph, trace_graph
from featsql.compile.reading import RenderedProject, parse_inline, parse_project, read_project
from featsql.compile.timing import Timings

__all__ = [
    "Compiler",
    "Fingerprints",
    "RenderedProject",
    "Timings",
    "absolute",
    "build_graph",
    "fingerprints",
    "parse_inline",
    "parse_project",
    "read_project",
    "trace_graph",
]
