with holidays_body as (
    -- the rows of `holidays` as its model selects them
    select
        epoch_us(ordered_at) as event_us,
        merchant,
        ordered_at
    from read_csv('/project/data/orders.csv') as orders
),
holidays_rows as materialized (
    -- those that become known to someone, with the microsecond when
    select
        event_us,
        event_us as known_us,
        merchant,
        ordered_at
    from holidays_body
    where event_us is not null
),
holidays_asks as (
    -- every key, at each first instant at which a row of its is visible
    select distinct
        r.known_us + 1 as as_of_us
    from holidays_rows as r
),
holidays_latest_changes as (
    -- the last of the rows of `holidays` that share a key and a time
    select
        r.*
    from holidays_rows as r
    qualify row_number() over (partition by r.event_us order by r.merchant desc nulls last) = 1
),
holidays_latest as (
    -- per ask: the latest visible row of `holidays`
    select
        a.as_of_us,
        r.event_us,
        r.merchant
    from holidays_asks as a
    asof join holidays_latest_changes as r
        on a.as_of_us > r.known_us
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
-- one row for each row of the body, with the features of the moment at which it became known
select
    r.ordered_at,
    holidays_latest.merchant as last_merchant,
    coalesce(holidays_windows.orders_of_all_7d, 0) as orders_of_all_7d
from holidays_rows as r
left join holidays_latest
    on r.known_us + 1 = holidays_latest.as_of_us
left join holidays_windows
    on r.known_us + 1 = holidays_windows.as_of_us
