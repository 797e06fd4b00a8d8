"""`python -m tests.errors.update [FS102 ...]`: rewrite the outputs in the error pages as they come out now."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tests.docs.update import update
from tests.errors.test_pages import PAGES, lay_out


def main(codes: Sequence[str]) -> None:
    update([page for page in PAGES if not codes or page.path.stem in codes], lay_out)


if __name__ == "__main__":
    main(sys.argv[1:])
