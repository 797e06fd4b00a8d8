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
orders_left_body as (
    -- the rows of `orders_left` as its model selects them
    select
        customer_id,
        epoch_us(ordered_at) as event_us,
        merchant
    from read_csv('/project/data/orders.csv') as orders
    where status = 'ok'
),
orders_left_rows as materialized (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        merchant
    from orders_left_body
    where customer_id is not null
        and event_us is not null
),
orders_left_asks as (
    -- the distinct keys and times at which the spine asks `orders_left`
    select distinct
        s.customer_id,
        s.as_of_us
    from spine as s
    where s.customer_id is not null
        and s.as_of_us is not null
),
orders_left_latest_changes as (
    -- the last of the rows of `orders_left` that share a key and a time
    select
        r.*
    from orders_left_rows as r
    qualify row_number() over (partition by r.customer_id, r.event_us order by r.merchant desc nulls last) = 1
),
orders_left_latest as (
    -- per ask: the latest visible row of `orders_left`, where ttl lets it live
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.merchant
    from orders_left_asks as a
    asof join orders_left_latest_changes as r
        on a.customer_id = r.customer_id and a.as_of_us > r.known_us
    where r.event_us >= a.as_of_us - 691200000000
),
orders_left_windows as (
    -- per ask: windows over the visible rows of `orders_left`
    select
        a.customer_id,
        a.as_of_us,
        count(*) as orders_left
    from orders_left_asks as a
    inner join orders_left_rows as r
        on a.customer_id = r.customer_id
        and r.known_us < a.as_of_us
        and r.event_us >= a.as_of_us - 691200000000
    group by a.customer_id, a.as_of_us
),
orders_right_body as (
    -- the rows of `orders_right` as its model selects them
    select
        customer_id,
        epoch_us(ordered_at) as event_us,
        merchant
    from read_csv('/project/data/orders.csv') as orders
    where status = 'ok'
),
orders_right_rows as materialized (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        merchant
    from orders_right_body
    where customer_id is not null
        and event_us is not null
),
orders_right_asks as (
    -- the distinct keys and times at which the spine asks `orders_right`
    select distinct
        s.customer_id,
        s.as_of_us
    from spine as s
    where s.customer_id is not null
        and s.as_of_us is not null
),
orders_right_latest_changes as (
    -- the last of the rows of `orders_right` that share a key and a time
    select
        r.*
    from orders_right_rows as r
    qualify row_number() over (partition by r.customer_id, r.event_us order by r.merchant desc nulls last) = 1
),
orders_right_latest as (
    -- per ask: the latest visible row of `orders_right`, where ttl lets it live
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.merchant
    from orders_right_asks as a
    asof join orders_right_latest_changes as r
        on a.customer_id = r.customer_id and a.as_of_us >= r.known_us
    where r.event_us > a.as_of_us - 691200000000
),
orders_right_windows as (
    -- per ask: windows over the visible rows of `orders_right`
    select
        a.customer_id,
        a.as_of_us,
        count(*) as orders_right
    from orders_right_asks as a
    inner join orders_right_rows as r
        on a.customer_id = r.customer_id
        and r.known_us <= a.as_of_us
        and r.event_us > a.as_of_us - 691200000000
    group by a.customer_id, a.as_of_us
),
orders_both_body as (
    -- the rows of `orders_both` as its model selects them
    select
        customer_id,
        epoch_us(ordered_at) as event_us,
        merchant
    from read_csv('/project/data/orders.csv') as orders
    where status = 'ok'
),
orders_both_rows as materialized (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        merchant
    from orders_both_body
    where customer_id is not null
        and event_us is not null
),
orders_both_asks as (
    -- the distinct keys and times at which the spine asks `orders_both`
    select distinct
        s.customer_id,
        s.as_of_us
    from spine as s
    where s.customer_id is not null
        and s.as_of_us is not null
),
orders_both_latest_changes as (
    -- the last of the rows of `orders_both` that share a key and a time
    select
        r.*
    from orders_both_rows as r
    qualify row_number() over (partition by r.customer_id, r.event_us order by r.merchant desc nulls last) = 1
),
orders_both_latest as (
    -- per ask: the latest visible row of `orders_both`, where ttl lets it live
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.merchant
    from orders_both_asks as a
    asof join orders_both_latest_changes as r
        on a.customer_id = r.customer_id and a.as_of_us >= r.known_us
    where r.event_us >= a.as_of_us - 691200000000
),
orders_both_windows as (
    -- per ask: windows over the visible rows of `orders_both`
    select
        a.customer_id,
        a.as_of_us,
        count(*) as orders_both
    from orders_both_asks as a
    inner join orders_both_rows as r
        on a.customer_id = r.customer_id
        and r.known_us <= a.as_of_us
        and r.event_us >= a.as_of_us - 691200000000
    group by a.customer_id, a.as_of_us
),
orders_neither_body as (
    -- the rows of `orders_neither` as its model selects them
    select
        customer_id,
        epoch_us(ordered_at) as event_us,
        merchant
    from read_csv('/project/data/orders.csv') as orders
    where status = 'ok'
),
orders_neither_rows as materialized (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        merchant
    from orders_neither_body
    where customer_id is not null
        and event_us is not null
),
orders_neither_asks as (
    -- the distinct keys and times at which the spine asks `orders_neither`
    select distinct
        s.customer_id,
        s.as_of_us
    from spine as s
    where s.customer_id is not null
        and s.as_of_us is not null
),
orders_neither_latest_changes as (
    -- the last of the rows of `orders_neither` that share a key and a time
    select
        r.*
    from orders_neither_rows as r
    qualify row_number() over (partition by r.customer_id, r.event_us order by r.merchant desc nulls last) = 1
),
orders_neither_latest as (
    -- per ask: the latest visible row of `orders_neither`, where ttl lets it live
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.merchant
    from orders_neither_asks as a
    asof join orders_neither_latest_changes as r
        on a.customer_id = r.customer_id and a.as_of_us > r.known_us
    where r.event_us > a.as_of_us - 691200000000
),
orders_neither_windows as (
    -- per ask: windows over the visible rows of `orders_neither`
    select
        a.customer_id,
        a.as_of_us,
        count(*) as orders_neither
    from orders_neither_asks as a
    inner join orders_neither_rows as r
        on a.customer_id = r.customer_id
        and r.known_us < a.as_of_us
        and r.event_us > a.as_of_us - 691200000000
    group by a.customer_id, a.as_of_us
)
-- the spine's rows, each once, with their features
select
    s.customer_id,
    s.decided_at,
    s.churned,
    orders_left_latest.merchant as merchant_left,
    coalesce(orders_left_windows.orders_left, 0) as orders_left,
    orders_right_latest.merchant as merchant_right,
    coalesce(orders_right_windows.orders_right, 0) as orders_right,
    orders_both_latest.merchant as merchant_both,
    coalesce(orders_both_windows.orders_both, 0) as orders_both,
    orders_neither_latest.merchant as merchant_neither,
    coalesce(orders_neither_windows.orders_neither, 0) as orders_neither
from spine as s
left join orders_left_latest
    on s.customer_id = orders_left_latest.customer_id
    and s.as_of_us = orders_left_latest.as_of_us
left join orders_left_windows
    on s.customer_id = orders_left_windows.customer_id
    and s.as_of_us = orders_left_windows.as_of_us
left join orders_right_latest
    on s.customer_id = orders_right_latest.customer_id
    and s.as_of_us = orders_right_latest.as_of_us
left join orders_right_windows
    on s.customer_id = orders_right_windows.customer_id
    and s.as_of_us = orders_right_windows.as_of_us
left join orders_both_latest
    on s.customer_id = orders_both_latest.customer_id
    and s.as_of_us = orders_both_latest.as_of_us
left join orders_both_windows
    on s.customer_id = orders_both_windows.customer_id
    and s.as_of_us = orders_both_windows.as_of_us
left join orders_neither_latest
    on s.customer_id = orders_neither_latest.customer_id
    and s.as_of_us = orders_neither_latest.as_of_us
left join orders_neither_windows
    on s.customer_id = orders_neither_windows.customer_id
    and s.as_of_us = orders_neither_windows.as_of_us
order by s.spine_row
