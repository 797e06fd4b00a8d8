"""The chain of stages put together: from a project's files to a feature graph, and from a node of it to its queries."""

from featsql.compile.compiler import Compiler, absolute
from featsql.compile.fingerprints import Fingerprints, fingerprints
from featsql.compile.graph import Built, build_graph, build_part, trace_graph
from featsql.compile.reading import RenderedProject, parse_inline, parse_project, read_project
from featsql.compile.texts import Texts, named, names_of, texts_of
from featsql.compile.timing import Timings

__all__ = [
    "Built",
    "Compiler",
    "Fingerprints",
    "RenderedProject",
    "Texts",
    "Timings",
    "absolute",
    "build_graph",
    "build_part",
    "fingerprints",
    "named",
    "names_of",
    "parse_inline",
    "parse_project",
    "read_project",
    "texts_of",
    "trace_graph",
]
