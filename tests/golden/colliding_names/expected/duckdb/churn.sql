with spine_query as (
    -- the rows that ask, as the model selects them
    select
        customer_id,
        decided_at,
        churned,
        1 as as_of_us,
        2 as spine_row
    from read_csv('/project/data/decisions.csv') as decisions
),
spine as materialized (
    -- the rows that ask, numbered, with `decided_at` in microseconds of UTC
    select
        q.*,
        row_number() over () as spine_row_2,
        epoch_us(q.decided_at) as as_of_us_2
    from spine_query as q
),
a2_body as (
    -- the rows of `a` as its model selects them
    select
        customer_id,
        epoch_us(ordered_at) as event_us,
        amount
    from read_csv('/project/data/orders.csv') as orders
    where status = 'ok'
),
a2_rows as materialized (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        amount
    from a2_body
    where customer_id is not null
        and event_us is not null
),
a2_asks as (
    -- the distinct keys and times at which the spine asks `a`
    select distinct
        s.customer_id,
        s.as_of_us_2 as as_of_us
    from spine as s
    where s.customer_id is not null
        and s.as_of_us_2 is not null
),
a2_latest_changes as (
    -- the last of the rows of `a` that share a key and a time
    select
        r.*
    from a2_rows as r
    qualify row_number() over (partition by r.customer_id, r.event_us order by r.amount desc nulls last) = 1
),
a2_latest as (
    -- per ask: the latest visible row of `a`
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.amount
    from a2_asks as a
    asof join a2_latest_changes as r
        on a.customer_id = r.customer_id and a.as_of_us > r.known_us
),
a2_windows as (
    -- per ask: windows over the visible rows of `a`
    select
        a.customer_id,
        a.as_of_us,
        cast(sum(r.amount) as bigint) as spend,
        count(*) as row_order_2
    from a2_asks as a
    inner join a2_rows as r
        on a.customer_id = r.customer_id
        and r.known_us < a.as_of_us
        and r.event_us >= a.as_of_us - 2592000000000
    group by a.customer_id, a.as_of_us
),
a_latest_body as (
    -- the rows of `a_latest` as its model selects them
    select
        customer_id,
        epoch_us(ordered_at) as event_us,
        merchant,
        amount
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
        amount
    from a_latest_body
    where customer_id is not null
        and event_us is not null
),
a_latest_asks as (
    -- the distinct keys and times at which the spine asks `a_latest`
    select distinct
        s.customer_id,
        s.as_of_us_2 as as_of_us
    from spine as s
    where s.customer_id is not null
        and s.as_of_us_2 is not null
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
),
spine2_body as (
    -- the rows of `spine` as its model selects them
    select
        customer_id,
        epoch_us(ordered_at) as event_us,
        merchant
    from read_csv('/project/data/orders.csv') as orders
    where status = 'ok'
),
spine2_rows as materialized (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        merchant
    from spine2_body
    where customer_id is not null
        and event_us is not null
),
spine2_asks as (
    -- the distinct keys and times at which the spine asks `spine`
    select distinct
        s.customer_id,
        s.as_of_us_2 as as_of_us,
        epoch_us(cast(date_trunc('month', make_timestamp(s.as_of_us_2)) as timestamp)) as w_start_us
    from spine as s
    where s.customer_id is not null
        and s.as_of_us_2 is not null
),
spine2_latest_changes as (
    -- the last of the rows of `spine` that share a key and a time
    select
        r.*
    from spine2_rows as r
    qualify row_number() over (partition by r.customer_id, r.event_us order by r.merchant desc nulls last) = 1
),
spine2_latest as (
    -- per ask: the latest visible row of `spine`
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.merchant
    from spine2_asks as a
    asof join spine2_latest_changes as r
        on a.customer_id = r.customer_id and a.as_of_us > r.known_us
),
spine2_windows as (
    -- per ask: windows over the visible rows of `spine`
    select
        a.customer_id,
        a.as_of_us,
        count(*) as w_start_us
    from spine2_asks as a
    inner join spine2_rows as r
        on a.customer_id = r.customer_id
        and r.known_us < a.as_of_us
        and r.event_us >= a.w_start_us
    group by a.customer_id, a.as_of_us
)
-- the spine's rows, each once, with their features
select
    s.customer_id,
    s.decided_at,
    s.churned,
    s.as_of_us,
    s.spine_row,
    a2_latest.amount as event_us,
    a2_windows.spend,
    coalesce(a2_windows.row_order_2, 0) as row_order,
    a_latest_latest.merchant as known_us,
    a_latest_windows.recency_2 as recency,
    spine2_latest.merchant as spine_merchant,
    coalesce(spine2_windows.w_start_us, 0) as w_start_us
from spine as s
left join a2_latest
    on s.customer_id = a2_latest.customer_id
    and s.as_of_us_2 = a2_latest.as_of_us
left join a2_windows
    on s.customer_id = a2_windows.customer_id
    and s.as_of_us_2 = a2_windows.as_of_us
left join a_latest_latest
    on s.customer_id = a_latest_latest.customer_id
    and s.as_of_us_2 = a_latest_latest.as_of_us
left join a_latest_windows
    on s.customer_id = a_latest_windows.customer_id
    and s.as_of_us_2 = a_latest_windows.as_of_us
left join spine2_latest
    on s.customer_id = spine2_latest.customer_id
    and s.as_of_us_2 = spine2_latest.as_of_us
left join spine2_windows
    on s.customer_id = spine2_windows.customer_id
    and s.as_of_us_2 = spine2_windows.as_of_us
order by s.spine_row_2
