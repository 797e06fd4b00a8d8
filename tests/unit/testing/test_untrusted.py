"""`compile --untrusted`: a stranger's project reads no secret, and writes nowhere but into its own folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from featsql import Project
from featsql.base.diagnostics import FeatsqlError
from tests.unit.testing.shop import write_shop

SECRET = "canary-3f9b"


def compiled(shop: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "featsql", "compile", "--untrusted"]
    return subprocess.run(words, cwd=shop, capture_output=True, text=True, env={**os.environ, "SECRET": SECRET})


def everything(shop: Path) -> str:
    return "".join(path.read_text(errors="replace") for path in shop.rglob("*") if path.is_file())


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text(f"{SECRET}: [\n")
    return write_shop(tmp_path / "shop")


def test_a_project_that_keeps_to_itself_compiles(shop: Path) -> None:
    assert compiled(shop).returncode == 0
    assert (shop / "target/compiled/duckdb/orders.sql").exists()


def test_no_environment_variable_is_seen(shop: Path) -> None:
    (shop / "models/leak.sql").write_text("select '{{ env_var('SECRET') }}' as a from {{ ref('orders') }}\n")
    done = compiled(shop)
    assert done.returncode == 2 and "FS006" in done.stderr
    (shop / "models/leak.sql").write_text("select '{{ env_var('SECRET', 'none') }}' as a from {{ ref('orders') }}\n")
    assert compiled(shop).returncode == 0
    assert SECRET not in everything(shop) + done.stdout + done.stderr


@pytest.mark.parametrize("link", ["featsql.yml", "profiles.yml", "models/shop.yml", "macros/m.sql", "seeds/customers.csv"])
def test_no_link_is_followed_out_of_the_project(shop: Path, link: str) -> None:
    (shop / link).unlink(missing_ok=True)
    (shop / link).parent.mkdir(exist_ok=True)
    (shop / link).symlink_to(shop.parent / "secret.txt")
    done = compiled(shop)
    assert done.returncode == 2 and f"error[FS002]: `{link}` leads out of the project" in done.stderr
    assert SECRET not in done.stdout + done.stderr


@pytest.mark.parametrize("folder", ["macros", "target"])
def test_no_folder_lies_outside(shop: Path, folder: str) -> None:
    (shop.parent / "out").mkdir()
    (shop / folder).symlink_to(shop.parent / "out")
    done = compiled(shop)
    assert done.returncode == 2 and f"`{folder}` leads out of the project" in done.stderr
    assert not list((shop.parent / "out").iterdir())


def test_sources_outside_are_not_read(shop: Path) -> None:
    (shop.parent / "outside.csv").write_text(f"{SECRET}\n1\n")
    (shop / "models/more.yml").write_text("sources: [{name: out, tables: [{name: t, path: ../outside.csv}]}]\n")
    (shop / "models/leak.sql").write_text("select * from {{ source('out', 't') }}\n")
    assert compiled(shop).returncode == 0
    assert SECRET not in everything(shop)


def test_nothing_but_compiling_is_done(shop: Path) -> None:
    with pytest.raises(FeatsqlError, match="FS008"):
        Project(shop, trust="none").run()
