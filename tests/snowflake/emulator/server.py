"""The emulator with what it lacks, as `python server.py PORT`; runs in its own environment (requirements.txt).

Each addition has a test that the emulator alone cannot do without it (`test_shim.py`): WITHOUT=name leaves one out.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import sys

import fakesnow.info_schema as info_schema
import fakesnow.server as emulator
import fakesnow.transforms as transforms
import pyarrow as pa
import uvicorn
from fakesnow.cursor import FakeSnowflakeCursor
from sqlglot import exp
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

WITHOUT = frozenset(os.environ.get("WITHOUT", "").split())
PASSWORD = "right"
ROLES = ("", "PUBLIC", "FEATURES")
_CLONE = re.compile(r"^create or replace (?:transient )?table (.+?) clone (.+?)(?: copy grants)?$", re.IGNORECASE)
_SESSION = re.compile(r"^\s*alter\s+session\s+(?:un)?set\s+(?!autocommit)\w+", re.IGNORECASE)
_DONE = "select 'Statement executed successfully.' as status"

_packed, _noted = emulator.to_sf, info_schema.insert_table_comment_sql
_transform, _execute = FakeSnowflakeCursor._transform, FakeSnowflakeCursor.execute


def as_of(node: exp.Expr) -> exp.Expr:
    """`asof join ... match_condition (...)`, which keeps every row of its left side."""
    if isinstance(node, exp.Join) and node.args.get("match_condition"):
        match = node.args["match_condition"]
        conditions = [match.this if isinstance(match, exp.Paren) else match]
        if node.args.get("on"):
            conditions.insert(0, node.args["on"])
        node.set("match_condition", None)
        node.set("on", exp.and_(*conditions))
        node.set("side", "LEFT")
    return node


def by_any_value(node: exp.Expr) -> exp.Expr:
    """`max_by` and `min_by` give the value of their row also where it is NULL; DuckDB's arg_max passes it over."""
    if isinstance(node, exp.ArgMax | exp.ArgMin) and len(node.args) >= 2:
        name = "arg_max_null" if isinstance(node, exp.ArgMax) else "arg_min_null"
        return exp.Anonymous(this=name, expressions=[node.this, node.expression])
    return node


def arrays_without_nulls(node: exp.Expr) -> exp.Expr:
    """`array_agg` leaves NULLs out."""
    if not isinstance(node, exp.ArrayAgg) or isinstance(node.parent, exp.Filter):
        return node
    value = node.this.this if isinstance(node.this, exp.Order) else node.this
    known = exp.Where(this=exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null())))
    return exp.Filter(this=node.copy(), expression=known)


def transformed(self: FakeSnowflakeCursor, expression: exp.Expr, params: object) -> exp.Expr:
    if "asof" not in WITHOUT:
        expression = expression.transform(as_of, copy=False)
    if "max_by" not in WITHOUT:
        expression = expression.transform(by_any_value, copy=False)
    expression = _transform(self, expression, params)
    return expression if "array_agg" in WITHOUT else expression.transform(arrays_without_nulls, copy=False)


def executed(self: FakeSnowflakeCursor, sql: str, *args: object, **kwargs: object) -> FakeSnowflakeCursor:
    clone = _CLONE.match(sql) if "clone" not in WITHOUT else None
    if clone:
        sql = f"create or replace table {clone[1]} as select * from {clone[2]}"
    elif _SESSION.match(sql) and "session" not in WITHOUT:
        sql = _DONE
    return _execute(self, sql, *args, **kwargs)


def with_null_times(table: pa.Table, rowtype: object) -> pa.Table:
    """Newer drivers refuse a NULL in what is said to have none."""
    packed = _packed(table, rowtype)
    columns = [_with_nulls(column) if pa.types.is_struct(column.type) else column for column in packed.columns]
    return pa.Table.from_arrays(columns, schema=packed.schema)


def _with_nulls(column: pa.ChunkedArray) -> pa.Array:
    """A NULL of the whole in place of one in each of its parts."""
    times = column.combine_chunks()
    times = times.combine_chunks() if isinstance(times, pa.ChunkedArray) else times
    parts = [times.field(place) for place in range(times.type.num_fields)]
    filled = [part.fill_null(0) for part in parts]
    return pa.StructArray.from_arrays(filled, fields=list(times.type), mask=parts[0].is_null())


def noted(catalog: str, schema: str, table: str, comment: str | None) -> str:
    """A comment with a quote in it."""
    return _noted(catalog, schema, table, (comment or "").replace("'", "''"))


FakeSnowflakeCursor._transform = transformed
FakeSnowflakeCursor.execute = executed
if "comment" not in WITHOUT:
    info_schema.insert_table_comment_sql = noted
if "null_times" not in WITHOUT:
    emulator.to_sf = with_null_times
if "sums" not in WITHOUT:
    # sums of numbers are not floating point
    transforms.numeric_agg_implicit_cast = lambda node: node


async def login(request):
    """With the fields that newer drivers ask for, and with wrong passwords and unknown roles refused."""
    body = await request.body()
    data = json.loads(gzip.decompress(body) if request.headers.get("Content-Encoding") == "gzip" else body)["data"]
    if "password" not in WITHOUT:
        if data.get("PASSWORD") != PASSWORD:
            return refused("390100", "Incorrect username or password was specified.")
        role = request.query_params.get("roleName", "")
        if role.upper() not in ROLES:
            return refused("390189", f"Role '{role}' specified in the connect string does not exist or not authorized.")
    answer = json.loads((await emulator.login_request(request)).body)
    if "login" not in WITHOUT:
        answer["data"].update(masterToken="x", sessionId=1, validityInSeconds=3600, masterValidityInSeconds=14400)
    return JSONResponse(answer)


def refused(code: str, message: str) -> JSONResponse:
    return JSONResponse({"data": {}, "code": code, "message": message, "success": False})


def routes() -> list[Route]:
    return [
        Route(route.path, login, methods=["POST"]) if route.path.endswith("login-request") else route for route in emulator.routes
    ]


if __name__ == "__main__":
    uvicorn.run(Starlette(routes=routes()), host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
