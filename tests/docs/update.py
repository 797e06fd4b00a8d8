"""`python -m tests.docs.update [PAGE ...]`: rewrite the outputs in the pages as they come out now, for review with git diff."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from tests.docs.pages import Page, perform, read_page, updated
from tests.docs.shell import ROOT, Shell
from tests.docs.test_examples import pages_with_commands


def update(pages: Iterable[Page], lay_out: Callable[[Shell], None] = lambda shell: None) -> None:
    """Play each page in a fresh folder that `lay_out` has filled, and write what came out."""
    for page in pages:
        with tempfile.TemporaryDirectory() as folder, Shell(Path(folder).resolve()) as shell:
            lay_out(shell)
            fresh = updated(page, perform(page, shell))
        print(f"{'same   ' if fresh == page.text else 'changed'} {page.path.relative_to(ROOT)}")
        page.path.write_text(fresh, encoding="utf-8")


def main(names: Sequence[str]) -> None:
    update([read_page(Path(name).resolve()) for name in names] or pages_with_commands())


if __name__ == "__main__":
    main(sys.argv[1:])
