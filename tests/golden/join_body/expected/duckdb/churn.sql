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
customer_orders_body as (
    -- the rows of `customer_orders` as its model selects them
    select
        o.customer_id as customer_id,
        epoch_us(o.ordered_at) as event_us,
        m.category as category,
        o.amount * m.margin as profit_30d_input,
        o.amount as amount,
        m.margin as margin
    from read_csv('/project/data/orders.csv') as o
    left join read_csv('/project/data/merchants.csv') as m
        on m.merchant = o.merchant
    where o.status = 'ok'
),
customer_orders_rows as materialized (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        category,
        profit_30d_input,
        amount,
        margin
    from customer_orders_body
    where customer_id is not null
        and event_us is not null
),
customer_orders_asks as (
    -- the distinct keys and times at which the spine asks `customer_orders`
    select distinct
        s.customer_id,
        s.as_of_us
    from spine as s
    where s.customer_id is not null
        and s.as_of_us is not null
),
customer_orders_latest_changes as (
    -- the last of the rows of `customer_orders` that share a key and a time
    select
        r.*
    from customer_orders_rows as r
    qualify row_number() over (partition by r.customer_id, r.event_us order by r.category desc nulls last, r.amount desc nulls last, r.margin desc nulls last) = 1
),
customer_orders_latest as (
    -- per ask: the latest visible row of `customer_orders`
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.category
    from customer_orders_asks as a
    asof join customer_orders_latest_changes as r
        on a.customer_id = r.customer_id and a.as_of_us > r.known_us
),
customer_orders_windows as (
    -- per ask: windows over the visible rows of `customer_orders`
    select
        a.customer_id,
        a.as_of_us,
        cast(sum(r.profit_30d_input) as bigint) as profit_30d
    from customer_orders_asks as a
    inner join customer_orders_rows as r
        on a.customer_id = r.customer_id
        and r.known_us < a.as_of_us
        and r.event_us >= a.as_of_us - 2592000000000
    group by a.customer_id, a.as_of_us
)
-- the spine's rows, each once, with their features
select
    s.customer_id,
    s.decided_at,
    s.churned,
    customer_orders_latest.category as last_category,
    customer_orders_windows.profit_30d
from spine as s
left join customer_orders_latest
    on s.customer_id = customer_orders_latest.customer_id
    and s.as_of_us = customer_orders_latest.as_of_us
left join customer_orders_windows
    on s.customer_id = customer_orders_windows.customer_id
    and s.as_of_us = customer_orders_windows.as_of_us
order by s.spine_row
