"""The harness of the pages: what counts as a file, a command, the same output."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import ConsoleBlock, FileBlock, Run, differences, parse, perform, same_output, updated
from tests.docs.shell import Shell

_PAGE = """# A page

```sql title=models/a.sql
select 1 as x
```

```sql
select 'shown, not written'
```

````console
$ cat models/a.sql
select 2 as x
$ rm \\
    models/a.sql
````
"""


def test_blocks() -> None:
    file, console = parse(Path("page.md"), _PAGE).blocks
    assert file == FileBlock("models/a.sql", "select 1 as x\n", "utf-8")
    assert isinstance(console, ConsoleBlock)
    assert console.runs == (Run("cat models/a.sql", "select 2 as x"), Run("rm \\\n    models/a.sql", ""))


def test_a_page_that_is_wrong_is_told_and_can_be_updated(tmp_path: Path) -> None:
    page = parse(Path("page.md"), _PAGE)
    with Shell(tmp_path) as shell:
        performed = perform(page, shell)
    assert "-select 2 as x\n+select 1 as x" in differences(page, performed)
    fresh = updated(page, performed)
    assert fresh == _PAGE.replace("select 2", "select 1")
    assert differences(parse(Path("page.md"), fresh), performed) == ""


@pytest.mark.parametrize(
    ("shown", "actual"),
    [
        ("done in 0.12 s", "done in 3.4 s"),
        ("done in 0.12s", "done in 1m 03s"),
        ("a   [OK in 0.12 s]", "a  [OK in 13.40 s]"),
        ("held by pid 12", "held by pid 40001"),
        ("first\n...\nlast", "first\nlast"),
        ("first\n...\nlast", "first\none\ntwo\nlast"),
        ("first\n...", "first\none"),
    ],
)
def test_the_same_output(shown: str, actual: str) -> None:
    assert same_output(shown, actual)


@pytest.mark.parametrize(
    ("shown", "actual"),
    [
        ("7 rows", "8 rows"),
        ("a  b", "a b"),
        ("first\n...\nlast", "first\nlast one"),
        ("first", "first\nsecond"),
        ("", "something"),
    ],
)
def test_another_output(shown: str, actual: str) -> None:
    assert not same_output(shown, actual)


def test_the_shell(tmp_path: Path) -> None:
    with Shell(tmp_path) as shell:
        shell.write("deep/er/file.txt", b"here\n")
        assert shell.run("cat deep/er/file.txt") == "here"
        assert shell.run("cd deep") == ""
        assert shell.run("cat er/file.txt") == "here"
        shell.write("fails.py", b"import os, sys; print(os.environ['WORD']); sys.exit(3)")
        assert shell.run("WORD='two words' python fails.py") == "two words"
        assert shell.run("echo $?") == "3"
        shell.write("where.py", b"import os; print(os.getcwd())")
        assert shell.run("python where.py") == "/projects/deep"
        with pytest.raises(ValueError, match="pages cannot run `curl"):
            shell.run("curl example.org")


def test_a_program_in_the_background_is_waited_for_and_ended(tmp_path: Path) -> None:
    with Shell(tmp_path) as shell:
        shell.write("wait.py", b"import time; print('ready', flush=True); time.sleep(600)")
        assert shell.run("python wait.py &") == "ready"


def test_featsql_runs_in_this_process(tmp_path: Path) -> None:
    with Shell(tmp_path) as shell:
        assert "FS008" in shell.run("featsql buidl")
        assert shell.run("echo $?") == "2"
