"""The table in README.md that leads from a rule to its cases; `python -m tests.pit.index` writes it anew."""

from __future__ import annotations

from .case import ROOT, RULES, Case, load_all

README = ROOT / "README.md"
_BEGIN = "<!-- rules: begin -->\n"
_END = "<!-- rules: end -->\n"


def rendered(cases: tuple[Case, ...]) -> str:
    """One line a rule, its cases by topic."""
    lines = ["| rule | cases | |", "|---|---|---|"]
    for rule in RULES:
        names = [case.name for case in cases if case.rule == rule]
        links = ", ".join(f"[{name}]({name}.yml)" for name in names)
        lines.append(f"| {rule} | {len(names)} | {links} |")
    return "\n".join([*lines, ""])


def written() -> str:
    """The table as README.md has it now."""
    return README.read_text().split(_BEGIN)[1].split(_END)[0]


def write() -> None:
    """Put the table of today's cases into README.md."""
    text = README.read_text()
    before, after = text.split(_BEGIN)[0], text.split(_END)[1]
    README.write_text(f"{before}{_BEGIN}{rendered(load_all())}{_END}{after}")


if __name__ == "__main__":
    write()
