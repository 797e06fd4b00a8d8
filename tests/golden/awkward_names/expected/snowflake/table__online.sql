with table_body as (
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
    -- every entity with a visible row, at the time of the run
    select distinct
        r."Größe",
        r."select",
        1769904000000000 as as_of_us
    from table_rows as r
    where r.known_us < 1769904000000000
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
-- one row per entity, as of the time of the run
select
    table_latest."Größe",
    table_latest."select",
    table_latest."say ""hi""" as "order",
    cast(table_windows."Summe; drop table x --" as bigint) as "Summe; drop table x --",
    cast(coalesce(table_windows."über", 0) as bigint) as "über",
    to_timestamp_ntz(table_latest.event_us, 6) as event_time,
    to_timestamp_ntz(table_latest.as_of_us, 6) as as_of_time
from table_latest
left join table_windows
    on table_latest."Größe" = table_windows."Größe"
    and table_latest."select" = table_windows."select"
    and table_latest.as_of_us = table_windows.as_of_us
