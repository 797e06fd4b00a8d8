"""The site's files. Data never stands where a browser would read it as markup or as a program.

Policy of every page: scripts and styles of the page's own folder alone, nothing inline, no other origin. In the single file,
where all is inline, the two programs of ours are allowed by their hashes and nothing else is.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from html import escape
from importlib import resources
from typing import Any, Final

_POLICY: Final = (
    "default-src 'none'; script-src {script}; style-src {style}; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; object-src 'none'"
)
OWN_POLICY: Final = _POLICY.format(script="'self'", style="'self'")
_PAGE: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<link rel="icon" href="data:,">
{style}
</head>
<body>
<div id="app"></div>
<noscript>These pages are drawn by a script that stands beside this file.</noscript>
{data}
{script}
</body>
</html>
"""
_UNSAFE: Final = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def site_files(data: Mapping[str, Any], title: str) -> dict[str, bytes]:
    """Path -> content of a folder that any static host, or a disk, can show."""
    page = _PAGE.format(
        policy=escape(OWN_POLICY),
        title=escape(title),
        style='<link rel="stylesheet" href="assets/app.css">',
        data=_block("index", data["index"]),
        script='<script src="assets/app.js"></script>',
    )
    files = {"index.html": page.encode()}
    files |= {f"assets/{name}": asset(name) for name in ("app.js", "app.css")}
    for name, content in data.items():
        if name != "index":
            files[f"data/{name}.js"] = f"featsqlData({encoded(name)},{_literal(encoded(content))});\n".encode()
    return files


def single_file(data: Mapping[str, Any], title: str) -> bytes:
    """All of it in one page."""
    script, style = asset("app.js").decode(), asset("app.css").decode()
    page = _PAGE.format(
        policy=escape(_POLICY.format(script=_hash(script), style=_hash(style))),
        title=escape(title),
        style=f"<style>{style}</style>",
        data="\n".join(_block(name, content) for name, content in data.items()),
        script=f"<script>{script}</script>",
    )
    return page.encode()


def asset(name: str) -> bytes:
    """A file of ours, as it was built."""
    return (resources.files("featsql.site") / "static" / name).read_bytes()


def encoded(content: Any) -> str:
    """JSON that is harmless inside a script, a block of data, or both."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), default=str).translate(_UNSAFE)


def _literal(text: str) -> str:
    """JSON, which has no line ends of its own, as a string of a program."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _block(name: str, content: Any) -> str:
    return f'<script type="application/json" id="data-{name}">{encoded(content)}</script>'


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
