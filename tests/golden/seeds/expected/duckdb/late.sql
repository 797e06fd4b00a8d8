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
holidays_rows as materialized (
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
holidays_latest_changes as (
    -- the last of the rows of `holidays` that share a key and a time
    select
        r.*
    from holidays_rows as r
    qualify row_number() over (partition by r.event_us order by r.name desc nulls last, r.is_holiday desc nulls last) = 1
),
holidays_latest as (
    -- per ask: the latest visible row of `holidays`
    select
        a.as_of_us,
        r.event_us,
        r.name
    from holidays_asks as a
    asof join holidays_latest_changes as r
        on a.as_of_us > r.known_us
),
holidays_windows as (
    -- per ask: windows over the visible rows of `holidays`
    select
        a.as_of_us,
        count(*) filter (where r.is_holiday) as holidays_7d
    from holidays_asks as a
    inner join holidays_rows as r
        on r.known_us < a.as_of_us
        and r.event_us >= a.as_of_us - 604800000000
    group by a.as_of_us
)
-- the spine's rows, each once, with their features
select
    s.trip,
    s.starts_on,
    s.was_late,
    holidays_latest.name as last_day_name,
    coalesce(holidays_windows.holidays_7d, 0) as holidays_7d
from spine as s
left join holidays_latest
    on s.as_of_us = holidays_latest.as_of_us
left join holidays_windows
    on s.as_of_us = holidays_windows.as_of_us
order by s.spine_row
