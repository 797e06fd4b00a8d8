with spine_query as (
    -- the rows that ask, as the model selects them
    select
        "Größe",
        "select",
        "when",
        "group"
    from lager."order" as "order"
),
spine as (
    -- the rows that ask, numbered, with `when` in microseconds of UTC
    select
        q.*,
        row_number() over (order by null) as spine_row,
        date_part(epoch_microsecond, cast(q."when" as timestamp_ntz)) as as_of_us
    from spine_query as q
),
table_body as (
    -- the rows of `table` as its model selects them
    select
        "Größe",
        "select",
        date_part(epoch_microsecond, cast("from" as timestamp_ntz)) as event_us,
        "say ""hi""",
        "a.b"
    from lager.stock as stock
),
table_rows as (
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
        match_condition (a.as_of_us > r.known_us)
        on a."Größe" = r."Größe" and a."select" = r."select"
    where r.known_us is not null
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
table_totals_as_of_running as (
    -- per row of `table`: totals over its entity's rows up to its time
    select
        r."Größe",
        r."select",
        r.event_us as moment_us,
        sum(r."a.b") over (partition by r."Größe", r."select" order by r.event_us range between unbounded preceding and current row) as "sum_a.b",
        count(r."a.b") over (partition by r."Größe", r."select" order by r.event_us range between unbounded preceding and current row) as "count_a.b",
        count(*) over (partition by r."Größe", r."select" order by r.event_us range between unbounded preceding and current row) as row_count
    from table_rows as r
),
table_totals_as_of_edges as (
    -- per ask: the moments at which its windows begin and end
    select
        a."Größe",
        a."select",
        a.as_of_us,
        0 as edge,
        a.as_of_us - 1 as moment_us
    from table_asks as a
    union all
    select
        a."Größe",
        a."select",
        a.as_of_us,
        1 as edge,
        a.as_of_us - 604800000001 as moment_us
    from table_asks as a
),
table_totals_as_of_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        e."Größe",
        e."select",
        e.as_of_us,
        e.edge,
        r."sum_a.b",
        r."count_a.b",
        r.row_count
    from table_totals_as_of_edges as e
    asof join table_totals_as_of_running as r
        match_condition (e.moment_us >= r.moment_us)
        on e."Größe" = r."Größe" and e."select" = r."select"
    where r.moment_us is not null
),
table_totals_as_of_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r."Größe",
        r."select",
        r.as_of_us,
        coalesce(max(iff(r.edge = 0, r."sum_a.b", null)), 0) - coalesce(max(iff(r.edge = 1, r."sum_a.b", null)), 0) as "sum_a.b_last_7d",
        coalesce(max(iff(r.edge = 0, r."count_a.b", null)), 0) - coalesce(max(iff(r.edge = 1, r."count_a.b", null)), 0) as "count_a.b_last_7d",
        coalesce(max(iff(r.edge = 0, r.row_count, null)), 0) - coalesce(max(iff(r.edge = 1, r.row_count, null)), 0) as row_count_last_7d
    from table_totals_as_of_at_edges as r
    group by r."Größe", r."select", r.as_of_us
),
table_totals_as_of as (
    -- per ask: windows over the visible rows of `table`
    select
        w."Größe",
        w."select",
        w.as_of_us,
        cast(case when w."count_a.b_last_7d" > 0 then w."sum_a.b_last_7d" end as bigint) as "Summe; drop table x --",
        w.row_count_last_7d as "über"
    from table_totals_as_of_parts as w
)
-- the spine's rows, each once, with their features
select
    s."Größe",
    s."select",
    s."when",
    s."group",
    table_latest."say ""hi""" as "A-order",
    cast(table_totals_as_of."Summe; drop table x --" as bigint) as "A-Summe; drop table x --",
    cast(coalesce(table_totals_as_of."über", 0) as bigint) as "A-über"
from spine as s
left join table_latest
    on s."Größe" = table_latest."Größe"
    and s."select" = table_latest."select"
    and s.as_of_us = table_latest.as_of_us
left join table_totals_as_of
    on s."Größe" = table_totals_as_of."Größe"
    and s."select" = table_totals_as_of."select"
    and s.as_of_us = table_totals_as_of.as_of_us
order by s.spine_row
