with table_body as (
    -- the rows of `table` as its model selects them
    select
        "Größe",
        "select",
        epoch_us("from") as event_us,
        "say ""hi""",
        "a.b",
        "from"
    from read_csv('/project/data/it''s stock.csv') as stock
),
table_rows as materialized (
    -- those that become known to someone, with the microsecond when
    select
        "Größe",
        "select",
        event_us,
        event_us as known_us,
        "say ""hi""",
        "a.b",
        "from"
    from table_body
    where "Größe" is not null
        and "select" is not null
        and event_us is not null
),
table_asks as (
    -- every key, at each first instant at which a row of its is visible
    select distinct
        r."Größe",
        r."select",
        r.known_us + 1 as as_of_us
    from table_rows as r
),
table_latest_changes as (
    -- the last of the rows of `table` that share a key and a time
    select
        r.*
    from table_rows as r
    qualify row_number() over (partition by r."Größe", r."select", r.event_us order by r."say ""hi""" desc nulls last, r."a.b" desc nulls last) = 1
),
table_latest as (
    -- per ask: the latest visible row of `table`
    select
        a."Größe",
        a."select",
        a.as_of_us,
        r.event_us,
        r."say ""hi"""
    from table_asks as a
    asof join table_latest_changes as r
        on a."Größe" = r."Größe" and a."select" = r."select" and a.as_of_us > r.known_us
),
table_windows as (
    -- per ask: windows over the visible rows of `table`
    select
        a."Größe",
        a."select",
        a.as_of_us,
        cast(sum(r."a.b") as bigint) as "Summe; drop table x --",
        count(*) as "über"
    from table_asks as a
    inner join table_rows as r
        on a."Größe" = r."Größe"
        and a."select" = r."select"
        and r.known_us < a.as_of_us
        and r.event_us >= a.as_of_us - 604800000000
    group by a."Größe", a."select", a.as_of_us
)
-- one row for each row of the body, with the features of the moment at which it became known
select
    r."Größe",
    r."select",
    r."from",
    table_latest."say ""hi""" as "order",
    table_windows."Summe; drop table x --",
    coalesce(table_windows."über", 0) as "über"
from table_rows as r
left join table_latest
    on r."Größe" = table_latest."Größe"
    and r."select" = table_latest."select"
    and r.known_us + 1 = table_latest.as_of_us
left join table_windows
    on r."Größe" = table_windows."Größe"
    and r."select" = table_windows."select"
    and r.known_us + 1 = table_windows.as_of_us
