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
        customer_id,
        epoch_us(ordered_at) as event_us,
        merchant,
        amount > 8 as merchants_of_last_2_where_input,
        amount
    from read_csv('/project/data/orders.csv') as orders
),
customer_orders_rows as materialized (
    -- those that become known to someone, with the microsecond when and their rank among their own
    select
        customer_id,
        event_us,
        event_us as known_us,
        merchant,
        merchants_of_last_2_where_input,
        amount,
        row_number() over (partition by customer_id order by event_us, merchant nulls first, amount nulls first) as row_order
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
customer_orders_windows as (
    -- per ask: windows over the visible rows of `customer_orders`
    select
        a.customer_id,
        a.as_of_us,
        count(distinct r.merchant) as merchants,
        count(r.merchant) as named
    from customer_orders_asks as a
    inner join customer_orders_rows as r
        on a.customer_id = r.customer_id
        and r.known_us < a.as_of_us
    group by a.customer_id, a.as_of_us
),
customer_orders_recent_rows as (
    -- per ask: its 2 latest visible rows of `customer_orders`, the latest first
    select
        a.customer_id,
        a.as_of_us,
        r.merchant,
        r.merchants_of_last_2_where_input,
        r.row_order,
        row_number() over (partition by a.customer_id, a.as_of_us order by r.row_order desc) as recency
    from customer_orders_asks as a
    inner join customer_orders_rows as r
        on a.customer_id = r.customer_id
        and r.known_us < a.as_of_us
    qualify row_number() over (partition by a.customer_id, a.as_of_us order by r.row_order desc) <= 2
),
customer_orders_recent as (
    -- per ask: windows over the latest rows of `customer_orders`
    select
        r.customer_id,
        r.as_of_us,
        count(distinct r.merchant) filter (where r.merchants_of_last_2_where_input) as merchants_of_last_2
    from customer_orders_recent_rows as r
    group by r.customer_id, r.as_of_us
)
-- the spine's rows, each once, with their features
select
    s.customer_id,
    s.decided_at,
    s.churned,
    coalesce(customer_orders_windows.merchants, 0) as merchants,
    coalesce(customer_orders_recent.merchants_of_last_2, 0) as merchants_of_last_2,
    coalesce(customer_orders_windows.named, 0) as named
from spine as s
left join customer_orders_windows
    on s.customer_id = customer_orders_windows.customer_id
    and s.as_of_us = customer_orders_windows.as_of_us
left join customer_orders_recent
    on s.customer_id = customer_orders_recent.customer_id
    and s.as_of_us = customer_orders_recent.as_of_us
order by s.spine_row
