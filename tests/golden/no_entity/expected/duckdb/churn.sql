with spine_query as (
    -- the rows that ask, as the model selects them
    select
        customer_id,
        decided_at,
        churned
    from read_csv('/project/data/decisions.csv') as decisions
),
spine as materialized (
    -- the rows that ask, numbered, with `decided_at` in microseconds of UTC
    select
        q.*,
        row_number() over () as spine_row,
        epoch_us(q.decided_at) as as_of_us
    from spine_query as q
),
holidays_body as (
    -- the rows of `holidays` as its model selects them
    select
        epoch_us(ordered_at) as event_us,
        merchant
    from read_csv('/project/data/orders.csv') as orders
),
holidays_rows as materialized (
    -- those that become known to someone, with the microsecond when
    select
        event_us,
        event_us as known_us,
        merchant
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
-- the spine's rows, each once, with their features
select
    s.customer_id,
    s.decided_at,
    s.churned,
    holidays_latest.merchant as last_merchant,
    coalesce(holidays_windows.orders_of_all_7d, 0) as orders_of_all_7d
from spine as s
left join holidays_latest
    on s.as_of_us = holidays_latest.as_of_us
left join holidays_windows
    on s.as_of_us = holidays_windows.as_of_us
order by s.spine_row
