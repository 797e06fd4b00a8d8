with a_latest_body as (
    -- the rows of `a_latest` as its model selects them
    select
        customer_id,
        epoch_us(ordered_at) as event_us,
        merchant,
        amount,
        ordered_at
    from read_csv('/project/data/orders.csv') as orders
    where status = 'ok'
),
a_latest_rows as materialized (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        merchant,
        amount,
        ordered_at
    from a_latest_body
    where customer_id is not null
        and event_us is not null
),
a_latest_asks as (
    -- every key, at each first instant at which a row of its is visible
    select distinct
        r.customer_id,
        r.known_us + 1 as as_of_us
    from a_latest_rows as r
),
a_latest_latest_changes as (
    -- the last of the rows of `a_latest` that share a key and a time
    select
        r.*
    from a_latest_rows as r
    qualify row_number() over (partition by r.customer_id, r.event_us order by r.merchant desc nulls last, r.amount desc nulls last) = 1
),
a_latest_latest as (
    -- per ask: the latest visible row of `a_latest`
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.merchant
    from a_latest_asks as a
    asof join a_latest_latest_changes as r
        on a.customer_id = r.customer_id and a.as_of_us > r.known_us
),
a_latest_windows as (
    -- per ask: windows over the visible rows of `a_latest`
    select
        a.customer_id,
        a.as_of_us,
        max(r.amount) as recency_2
    from a_latest_asks as a
    inner join a_latest_rows as r
        on a.customer_id = r.customer_id
        and r.known_us < a.as_of_us
        and r.event_us >= a.as_of_us - 2592000000000
    group by a.customer_id, a.as_of_us
)
-- one row for each row of the body, with the features of the moment at which it became known
select
    r.customer_id,
    r.ordered_at,
    a_latest_latest.merchant as known_us,
    a_latest_windows.recency_2 as recency
from a_latest_rows as r
left join a_latest_latest
    on r.customer_id = a_latest_latest.customer_id
    and r.known_us + 1 = a_latest_latest.as_of_us
left join a_latest_windows
    on r.customer_id = a_latest_windows.customer_id
    and r.known_us + 1 = a_latest_windows.as_of_us
