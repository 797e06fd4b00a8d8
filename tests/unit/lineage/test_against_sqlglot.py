"""The same origins as sqlglot's own lineage finds, for queries in the manner of TPC-H and TPC-DS.

sqlglot is asked which columns an output mentions; it is right about these queries, and shares none of our code.
"""

from __future__ import annotations

import re

import pytest
from sqlglot import exp
from sqlglot.lineage import lineage

from featsql.base.spans import SourceFile, Text
from featsql.front.sql import parse_model, read_sql
from featsql.front.tracing import trace_model
from featsql.ir.lineage import ROWS
from featsql.ir.model import Column, Rendered

SCHEMA = {
    "lineitem": "l_orderkey l_partkey l_suppkey l_linenumber l_quantity l_extendedprice l_discount l_tax l_returnflag "
    "l_linestatus l_shipdate l_commitdate l_receiptdate l_shipinstruct l_shipmode",
    "orders": "o_orderkey o_custkey o_orderstatus o_totalprice o_orderdate o_orderpriority o_shippriority o_comment",
    "customer": "c_custkey c_name c_address c_nationkey c_phone c_acctbal c_mktsegment",
    "part": "p_partkey p_name p_mfgr p_brand p_type p_size p_container",
    "supplier": "s_suppkey s_name s_address s_nationkey s_phone s_acctbal s_comment",
    "partsupp": "ps_partkey ps_suppkey ps_availqty ps_supplycost",
    "nation": "n_nationkey n_name n_regionkey",
    "region": "r_regionkey r_name",
    "store_sales": "ss_sold_date_sk ss_item_sk ss_customer_sk ss_store_sk ss_quantity ss_sales_price ss_net_profit ss_promo_sk",
    "web_sales": "ws_sold_date_sk ws_item_sk ws_bill_customer_sk ws_quantity ws_sales_price ws_net_profit",
    "date_dim": "d_date_sk d_date d_year d_moy d_week_seq",
    "item": "i_item_sk i_item_id i_brand i_class i_category i_current_price",
    "store": "s_store_sk s_store_name s_state",
}

QUERIES = {
    "h1": """select l_returnflag, l_linestatus, sum(l_quantity) as sum_qty, sum(l_extendedprice) as sum_base_price,
        sum(l_extendedprice * (1 - l_discount)) as sum_disc_price,
        sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)) as sum_charge, avg(l_discount) as avg_disc
        from lineitem where l_shipdate <= date '1998-09-02' group by l_returnflag, l_linestatus""",
    "h2": """select s_acctbal, s_name, n_name, p_partkey from part, supplier, partsupp, nation, region
        where p_partkey = ps_partkey and s_suppkey = ps_suppkey and s_nationkey = n_nationkey and n_regionkey = r_regionkey
        and ps_supplycost = (select min(ps_supplycost) from partsupp where p_partkey = ps_partkey)""",
    "h3": """select l_orderkey, sum(l_extendedprice * (1 - l_discount)) as revenue, o_orderdate
        from customer, orders, lineitem where c_custkey = o_custkey and l_orderkey = o_orderkey
        group by l_orderkey, o_orderdate order by revenue desc limit 10""",
    "h5": """select n_name, sum(l_extendedprice * (1 - l_discount)) as revenue
        from customer join orders on c_custkey = o_custkey join lineitem on l_orderkey = o_orderkey
        join supplier on l_suppkey = s_suppkey join nation on s_nationkey = n_nationkey group by n_name""",
    "h7": """select supp_nation, cust_nation, l_year, sum(volume) as revenue from (
            select n1.n_name as supp_nation, n2.n_name as cust_nation, extract(year from l_shipdate) as l_year,
                l_extendedprice * (1 - l_discount) as volume
            from supplier, lineitem, orders, customer, nation n1, nation n2
            where s_suppkey = l_suppkey and o_orderkey = l_orderkey and c_custkey = o_custkey
                and s_nationkey = n1.n_nationkey and c_nationkey = n2.n_nationkey) as shipping
        group by supp_nation, cust_nation, l_year""",
    "h8": """select o_year, sum(case when nation = 'BRAZIL' then volume else 0 end) / sum(volume) as mkt_share from (
            select extract(year from o_orderdate) as o_year, l_extendedprice * (1 - l_discount) as volume, n_name as nation
            from part join lineitem on p_partkey = l_partkey join orders on l_orderkey = o_orderkey
            join nation on n_nationkey = l_suppkey) as all_nations group by o_year""",
    "h9": """with profit as (select n_name as nation_name, extract(year from o_orderdate) as o_year,
                l_extendedprice * (1 - l_discount) - ps_supplycost * l_quantity as amount
            from part, supplier, lineitem, partsupp, orders, nation
            where s_suppkey = l_suppkey and ps_suppkey = l_suppkey and p_partkey = l_partkey and o_orderkey = l_orderkey)
        select nation_name, o_year, sum(amount) as sum_profit from profit group by nation_name, o_year""",
    "h12": """select l_shipmode, sum(case when o_orderpriority = '1-URGENT' then 1 else 0 end) as high_line_count
        from orders join lineitem on o_orderkey = l_orderkey group by l_shipmode""",
    "h13": """select c_count, count(c_custkey) as custdist from (
            select c_custkey, count(o_orderkey) as c_count from customer left join orders on c_custkey = o_custkey
            group by c_custkey) as c_orders group by c_count""",
    "h14": """select 100.00 * sum(case when p_type like 'PROMO%' then l_extendedprice * (1 - l_discount) else 0 end)
            / sum(l_extendedprice * (1 - l_discount)) as promo_revenue from lineitem join part on l_partkey = p_partkey""",
    "h15": """with revenue as (select l_suppkey as supplier_no, sum(l_extendedprice * (1 - l_discount)) as total_revenue
            from lineitem group by l_suppkey)
        select s_suppkey, s_name, total_revenue from supplier join revenue on s_suppkey = supplier_no
        where total_revenue = (select max(total_revenue) from revenue)""",
    "h16": """select p_brand, p_type, count(distinct ps_suppkey) as supplier_cnt from partsupp, part
        where p_partkey = ps_partkey and ps_suppkey not in (select s_suppkey from supplier) group by p_brand, p_type""",
    "h18": """select c_name, o_orderkey, sum(l_quantity) as quantity from customer, orders, lineitem
        where o_orderkey in (select l_orderkey from lineitem group by l_orderkey having sum(l_quantity) > 300)
        and c_custkey = o_custkey and o_orderkey = l_orderkey group by c_name, o_orderkey""",
    "h22": """select cntrycode, sum(c_acctbal) as totacctbal from (
            select substring(c_phone, 1, 2) as cntrycode, c_acctbal from customer where c_acctbal > 0) as custsale
        group by cntrycode""",
    "ds3": """select d_year, i_brand as brand, sum(ss_sales_price) as sum_agg from date_dim, store_sales, item
        where d_date_sk = ss_sold_date_sk and ss_item_sk = i_item_sk group by d_year, i_brand""",
    "ds12": """select i_item_id, sum(ws_sales_price) as itemrevenue,
            sum(ws_sales_price) * 100 / sum(sum(ws_sales_price)) over (partition by i_class) as revenueratio
        from web_sales, item where ws_item_sk = i_item_sk group by i_item_id, i_class""",
    "ds36": """select sum(ss_net_profit) / sum(ss_sales_price) as gross_margin, i_category,
            rank() over (partition by i_category order by sum(ss_net_profit)) as rank_within_parent
        from store_sales join item on i_item_sk = ss_item_sk group by i_category""",
    "ds47": """with v1 as (select i_category, d_year, d_moy, sum(ss_sales_price) as sum_sales,
                avg(sum(ss_sales_price)) over (partition by i_category, d_year) as avg_monthly_sales
            from item join store_sales on i_item_sk = ss_item_sk join date_dim on d_date_sk = ss_sold_date_sk
            group by i_category, d_year, d_moy),
            v2 as (select v1.*, v1_lag.sum_sales as psum from v1 join v1 as v1_lag on v1.i_category = v1_lag.i_category)
        select i_category, avg_monthly_sales, psum from v2""",
    "ds51": """with web as (select ws_item_sk as item_sk, d_date, sum(sum(ws_sales_price)) over (partition by ws_item_sk
                order by d_date) as cume_sales from web_sales join date_dim on ws_sold_date_sk = d_date_sk group by 1, 2),
            shop as (select ss_item_sk as item_sk, d_date, sum(ss_sales_price) as cume_sales
            from store_sales join date_dim on ss_sold_date_sk = d_date_sk group by 1, 2)
        select coalesce(web.item_sk, shop.item_sk) as item_sk, web.cume_sales as web_sales, shop.cume_sales as store_sales
        from web full join shop on web.item_sk = shop.item_sk and web.d_date = shop.d_date""",
    "ds76": """select channel, i_category, sum(price) as sales from (
            select 'store' as channel, ss_item_sk as item_sk, ss_sales_price as price from store_sales
            union all select 'web' as channel, ws_item_sk as item_sk, ws_sales_price as price from web_sales) as foo
        join item on item_sk = i_item_sk group by channel, i_category""",
    "ds95": """with wide as (select * from store_sales join store on ss_store_sk = s_store_sk),
            narrow as (select * exclude (ss_promo_sk) from wide)
        select s_state, ss_quantity * ss_sales_price as total from narrow""",
}


def ours(sql: str) -> dict[str, set[str]]:
    marked = re.sub(rf"\b({'|'.join(SCHEMA)})\b(?!\.)", r'"source:s.\1"', sql)
    marked = re.sub(r'as "source:s\.(\w+)"', r"as \1", marked)
    file = SourceFile("models/m.sql", marked)
    rendered = Rendered("m", Text.verbatim(file, 0, len(marked)), ())
    known = {f"source:s.{table}": tuple(map(Column, names.split())) for table, names in SCHEMA.items()}
    trace = trace_model(parse_model(read_sql(rendered, "duckdb")), known)
    return {c.name: {f"{i.relation.rpartition('.')[2]}.{i.column}" for i in c.inputs if i.column != ROWS} for c in trace.columns}


def theirs(sql: str) -> dict[str, set[str]]:
    schema = {table: dict.fromkeys(names.split(), "int") for table, names in SCHEMA.items()}
    found = {}
    for column in ours(sql):
        leaves = [n for n in lineage(column, sql, schema=schema, dialect="duckdb").walk() if isinstance(n.source, exp.Table)]
        found[column] = {f"{n.source.name}.{n.name.rpartition('.')[2]}" for n in leaves}
    return found


@pytest.mark.parametrize("name", QUERIES)
def test_the_same_origins(name: str) -> None:
    assert ours(QUERIES[name]) == theirs(QUERIES[name])
