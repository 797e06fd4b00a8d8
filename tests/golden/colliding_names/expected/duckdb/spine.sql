with spine_body as (
    -- the rows of `spine` as its model selects them
    select
        customer_id,
        epoch_us(ordered_at) as event_us,
        merchant,
        ordered_at
    from read_csv('/project/data/orders.csv') as orders
    where status = 'ok'
),
spine_rows as materialized (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        merchant,
        ordered_at
    from spine_body
    where customer_id is not null
        and event_us is not null
),
spine_asks as (
    -- every key, at each first instant at which a row of its is visible
    select distinct
        r.customer_id,
        r.known_us + 1 as as_of_us,
        epoch_us(cast(date_trunc('month', make_timestamp(r.known_us + 1)) as timestamp)) as w_start_us
    from spine_rows as r
),
spine_latest_changes as (
    -- the last of the rows of `spine` that share a key and a time
    select
        r.*
    from spine_rows as r
    qualify row_number() over (partition by r.customer_id, r.event_us order by r.merchant desc nulls last) = 1
),
spine_latest as (
    -- per ask: the latest visible row of `spine`
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.merchant
    from spine_asks as a
    asof join spine_latest_changes as r
        on a.customer_id = r.customer_id and a.as_of_us > r.known_us
),
spine_windows as (
    -- per ask: windows over the visible rows of `spine`
    select
        a.customer_id,
        a.as_of_us,
        count(*) as w_start_us
    from spine_asks as a
    inner join spine_rows as r
        on a.customer_id = r.customer_id
        and r.known_us < a.as_of_us
        and r.event_us >= a.w_start_us
    group by a.customer_id, a.as_of_us
)
-- one row for each row of the body, with the features of the moment at which it became known
select
    r.customer_id,
    r.ordered_at,
    spine_latest.merchant as spine_merchant,
    coalesce(spine_windows.w_start_us, 0) as w_start_us
from spine_rows as r
left join spine_latest
    on r.customer_id = spine_latest.customer_id
    and r.known_us + 1 = spine_latest.as_of_us
left join spine_windows
    on r.customer_id = spine_windows.customer_id
    and r.known_us + 1 = spine_windows.as_of_us
