with spine_query as (
    -- the rows that ask, as the model selects them
    select
        "Größe",
        "select",
        "when",
        "group"
    from read_csv('/project/data/orders.csv') as "order"
),
spine as materialized (
    -- the rows that ask, numbered, with `when` in microseconds of UTC
    select
        q.*,
        row_number() over () as spine_row,
        epoch_us(q."when") as as_of_us
    from spine_query as q
),
table_body as (
    -- the rows of `table` as its model selects them
    select
        "Größe",
        "select",
        epoch_us("from") as event_us,
        "say ""hi""",
        "a.b"
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
        "a.b"
    from table_body
    where "Größe" is not null
        and "select" is not null
        and event_us is not null
),
table_asks as (
    -- the distinct keys and times at which the spine asks `table`
    select distinct
        s."Größe",
        s."select",
        s.as_of_us
    from spine as s
    where s."Größe" is not null
        and s."select" is not null
        and s.as_of_us is not null
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
-- the spine's rows, each once, with their features
select
    s."Größe",
    s."select",
    s."when",
    s."group",
    table_latest."say ""hi""" as "A-order",
    table_windows."Summe; drop table x --" as "A-Summe; drop table x --",
    coalesce(table_windows."über", 0) as "A-über"
from spine as s
left join table_latest
    on s."Größe" = table_latest."Größe"
    and s."select" = table_latest."select"
    and s.as_of_us = table_latest.as_of_us
left join table_windows
    on s."Größe" = table_windows."Größe"
    and s."select" = table_windows."select"
    and s.as_of_us = table_windows.as_of_us
order by s.spine_row
