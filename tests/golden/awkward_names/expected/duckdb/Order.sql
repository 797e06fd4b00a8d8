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
table_latest_moment as (
    -- per ask: when its latest visible row happened
    select
        a."Größe",
        a."select",
        a.as_of_us,
        r.event_us
    from table_asks as a
    asof join table_rows as r
        on a."Größe" = r."Größe" and a."select" = r."select" and a.as_of_us > r.known_us
),
table_latest as (
    -- per ask: the latest visible row of `table`
    select
        a."Größe",
        a."select",
        a.as_of_us,
        r.event_us,
        r."say ""hi"""
    from table_latest_moment as a
    inner join table_rows as r
        on a."Größe" = r."Größe"
        and a."select" = r."select"
        and a.event_us = r.event_us
    qualify row_number() over (partition by a."Größe", a."select", a.as_of_us order by r."say ""hi""" desc nulls last, r."a.b" desc nulls last) = 1
),
table_totals_heap as (
    -- the rows of `table`, and per ask the moments at which its windows begin and end
    select
        r."Größe",
        r."select",
        null as as_of_us,
        null as edge,
        0 as turn,
        r.event_us as moment_us,
        r."a.b"
    from table_rows as r
    union all
    select
        a."Größe",
        a."select",
        a.as_of_us,
        0 as edge,
        1 as turn,
        a.as_of_us - 1 as moment_us,
        null as "a.b"
    from table_asks as a
    union all
    select
        a."Größe",
        a."select",
        a.as_of_us,
        1 as edge,
        1 as turn,
        a.as_of_us - 604800000001 as moment_us,
        null as "a.b"
    from table_asks as a
),
table_totals_sorted as (
    -- the same by entity and time; at one moment the rows come first
    select
        h.*
    from table_totals_heap as h
    order by h."Größe", h."select", h.moment_us, h.turn
),
table_totals_running as (
    -- per row and edge: totals over all rows before it
    select
        h."Größe",
        h."select",
        h.as_of_us,
        h.edge,
        h.turn,
        sum(h."a.b") filter (where h.turn = 0) over (rows between unbounded preceding and current row) as "sum_a.b",
        count(h."a.b") filter (where h.turn = 0) over (rows between unbounded preceding and current row) as "count_a.b",
        count(*) filter (where h.turn = 0) over (rows between unbounded preceding and current row) as row_count
    from table_totals_sorted as h
),
table_totals_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        r."Größe",
        r."select",
        r.as_of_us,
        r.edge,
        r."sum_a.b",
        r."count_a.b",
        r.row_count
    from table_totals_running as r
    where r.turn = 1
),
table_totals_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r."Größe",
        r."select",
        r.as_of_us,
        coalesce(max(r."sum_a.b") filter (where r.edge = 0), 0) - coalesce(max(r."sum_a.b") filter (where r.edge = 1), 0) as "sum_a.b_last_7d",
        coalesce(max(r."count_a.b") filter (where r.edge = 0), 0) - coalesce(max(r."count_a.b") filter (where r.edge = 1), 0) as "count_a.b_last_7d",
        coalesce(max(r.row_count) filter (where r.edge = 0), 0) - coalesce(max(r.row_count) filter (where r.edge = 1), 0) as row_count_last_7d
    from table_totals_at_edges as r
    group by r."Größe", r."select", r.as_of_us
),
table_totals as (
    -- per ask: windows over the visible rows of `table`
    select
        w."Größe",
        w."select",
        w.as_of_us,
        cast(case when w."count_a.b_last_7d" > 0 then w."sum_a.b_last_7d" end as bigint) as "Summe; drop table x --",
        w.row_count_last_7d as "über"
    from table_totals_parts as w
)
-- the spine's rows, each once, with their features
select
    s."Größe",
    s."select",
    s."when",
    s."group",
    table_latest."say ""hi""" as "A-order",
    table_totals."Summe; drop table x --" as "A-Summe; drop table x --",
    coalesce(table_totals."über", 0) as "A-über"
from spine as s
left join table_latest
    on s."Größe" = table_latest."Größe"
    and s."select" = table_latest."select"
    and s.as_of_us = table_latest.as_of_us
left join table_totals
    on s."Größe" = table_totals."Größe"
    and s."select" = table_totals."select"
    and s.as_of_us = table_totals.as_of_us
order by s.spine_row
