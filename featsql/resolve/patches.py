"""What `.yml` files say of models and seeds that have files of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from featsql.base.diagnostics import Diagnostic, nearest
from featsql.ir.header import ColumnDoc, ModelPatch
from featsql.ir.model import Template
from featsql.ir.project import ParsedProject


def with_patches(project: ParsedProject) -> tuple[ParsedProject, list[Diagnostic]]:
    """What `.yml` files say of models, put into their headers; the header's own words win."""
    patches = [patch for declared in project.declarations for patch in declared.models]
    if not patches:
        return project, []
    names = {t.name.lower() for t in project.templates}
    found = [
        Diagnostic("FS401", f"there is no model `{p.name}`", p.name.span, hints=nearest(p.name.text, names))
        for p in patches
        if p.name.text.lower() not in names
    ]
    templates = tuple(_patched(template, patch_of(patches, template.name)) for template in project.templates)
    return replace(project, templates=templates), found


def patch_of(patches: Sequence[ModelPatch], name: str) -> ModelPatch | None:
    return next((p for p in patches if p.name.text.lower() == name.lower()), None)


def _patched(template: Template, patch: ModelPatch | None) -> Template:
    if patch is None:
        return template
    header = template.header
    said = {c.name.text.lower(): c for c in patch.columns}
    own = [_column(c, said.pop(c.name.text.lower(), c)) for c in header.columns]
    columns = (*own, *said.values())
    tests = header.tests or patch.tests
    description = header.description or patch.description
    return replace(template, header=replace(header, columns=columns, tests=tests, description=description))


def _column(own: ColumnDoc, patch: ColumnDoc) -> ColumnDoc:
    """What the header says of a column and, where it says nothing, what the patch does."""
    return replace(
        own,
        type=own.type or patch.type,
        description=own.description or patch.description,
        tests=own.tests or patch.tests,
        meta=own.meta if own.meta is not None else patch.meta,
    )
