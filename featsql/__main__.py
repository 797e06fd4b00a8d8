"""`python -m featsql` is `featsql`."""

from __future__ import annotations

from featsql.cli.main import entry

if __name__ == "__main__":
    entry()
