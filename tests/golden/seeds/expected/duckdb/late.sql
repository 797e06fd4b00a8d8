with spine_query as (
    -- the rows that ask, as the model selects them
    select
        trip,
        starts_on,
        was_late
    from main.trips as trips
),
spine as materialized (
    -- the rows that ask, numbered, with `starts_on` in microseconds of UTC
    select
        q.*,
        row_number() over () as spine_row,
        epoch_us(q.starts_on) as as_of_us
    from spine_query as q
),
holidays_body as (
    -- the rows of `holidays` as its model selects them
    select
        epoch_us(day) as event_us,
        name,
        is_holiday
    from main.calendar as calendar
),
holidays_rows as not materialized (
    -- those that become known to someone, with the microsecond when
    select
        event_us,
        event_us as known_us,
        name,
        is_holiday
    from holidays_body
    where event_us is not null
),
holidays_asks as (
    -- the distinct keys and times at which the spine asks `holidays`
    select distinct
        s.as_of_us
    from spine as s
    where s.as_of_us is not null
),
holidays_latest_moment as (
    -- per ask: when its latest visible row happened
    select
        a.as_of_us,
        r.event_us
    from holidays_asks as a
    asof join holidays_rows as r
        on a.as_of_us > r.known_us
),
holidays_latest as (
    -- per ask: the latest visible row of `holidays`
    select
        a.as_of_us,
        r.event_us,
        r.name
    from holidays_latest_moment as a
    inner join holidays_rows as r
        on a.event_us = r.event_us
    qualify row_number() over (partition by a.as_of_us order by r.name desc nulls last, r.is_holiday desc nulls last) = 1
),
holidays_totals_heap as (
    -- the rows of `holidays`, and per ask the moments at which its windows begin and end
    select
        null as as_of_us,
        null as edge,
        0 as turn,
        r.event_us as moment_us,
        r.is_holiday
    from holidays_rows as r
    union all
    select
        a.as_of_us,
        0 as edge,
        1 as turn,
        a.as_of_us - 1 as moment_us,
        null as is_holiday
    from holidays_asks as a
    union all
    select
        a.as_of_us,
        1 as edge,
        1 as turn,
        a.as_of_us - 604800000001 as moment_us,
        null as is_holiday
    from holidays_asks as a
),
holidays_totals_sorted as (
    -- the same by entity and time; at one moment the rows come first
    select
        h.*
    from holidays_totals_heap as h
    order by h.moment_us, h.turn
),
holidays_totals_running as (
    -- per row and edge: totals over all rows before it
    select
        h.as_of_us,
        h.edge,
        h.turn,
        count(*) filter (where (h.turn = 0) and h.is_holiday) over (rows between unbounded preceding and current row) as row_count
    from holidays_totals_sorted as h
),
holidays_totals_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        r.as_of_us,
        r.edge,
        r.row_count
    from holidays_totals_running as r
    where r.turn = 1
),
holidays_totals_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.as_of_us,
        coalesce(max(r.row_count) filter (where r.edge = 0), 0) - coalesce(max(r.row_count) filter (where r.edge = 1), 0) as row_count_last_7d
    from holidays_totals_at_edges as r
    group by r.as_of_us
),
holidays_totals as (
    -- per ask: windows over the visible rows of `holidays`
    select
        w.as_of_us,
        w.row_count_last_7d as holidays_7d
    from holidays_totals_parts as w
)
-- the spine's rows, each once, with their features
select
    s.trip,
    s.starts_on,
    s.was_late,
    holidays_latest.name as last_day_name,
    coalesce(holidays_totals.holidays_7d, 0) as holidays_7d
from spine as s
left join holidays_latest
    on s.as_of_us = holidays_latest.as_of_us
left join holidays_totals
    on s.as_of_us = holidays_totals.as_of_us
order by s.spine_row
