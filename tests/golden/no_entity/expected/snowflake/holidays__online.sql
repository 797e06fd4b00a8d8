with holidays_body as (
    -- the rows of `holidays` as its model selects them
    select
        date_part(epoch_microsecond, date_trunc('microsecond', ordered_at)) as event_us,
        merchant
    from shop.orders as orders
),
holidays_rows as (
    -- those that become known to someone, with the microsecond when
    select
        event_us,
        event_us as known_us,
        merchant
    from holidays_body
    where event_us is not null
),
holidays_asks as (
    -- every entity with a visible row, at the time of the run
    select distinct
        1769904000000000 as as_of_us
    from holidays_rows as r
    where r.known_us < 1769904000000000
),
holidays_latest_moment as (
    -- per ask: when its latest visible row happened
    select
        a.as_of_us,
        r.event_us
    from holidays_asks as a
    asof join holidays_rows as r
        match_condition (a.as_of_us > r.known_us)
    where r.known_us is not null
),
holidays_latest as (
    -- per ask: the latest visible row of `holidays`
    select
        a.as_of_us,
        r.event_us,
        r.merchant
    from holidays_latest_moment as a
    inner join holidays_rows as r
        on a.event_us = r.event_us
    qualify row_number() over (partition by a.as_of_us order by r.merchant desc nulls last) = 1
),
holidays_windows as (
    -- per ask: windows over the visible rows of `holidays`
    select
        a.as_of_us,
        count(*) as orders_of_all_7d
    from holidays_asks as a
    inner join holidays_rows as r
        on r.known_us < a.as_of_us
        and r.event_us >= a.as_of_us - 604800000000
    group by a.as_of_us
)
-- one row per entity, as of the time of the run
select
    holidays_latest.merchant as last_merchant,
    cast(coalesce(holidays_windows.orders_of_all_7d, 0) as bigint) as orders_of_all_7d,
    to_timestamp_ntz(holidays_latest.event_us, 6) as event_time,
    to_timestamp_ntz(holidays_latest.as_of_us, 6) as as_of_time
from holidays_latest
left join holidays_windows
    on holidays_latest.as_of_us = holidays_windows.as_of_us
