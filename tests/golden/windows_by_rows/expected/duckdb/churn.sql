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
        amount,
        merchant
    from read_csv('/project/data/orders.csv') as orders
    where status = 'ok'
),
customer_orders_rows as (
    -- those that become known to someone, with the microsecond when and their rank among their own
    select
        customer_id,
        event_us,
        event_us as known_us,
        amount,
        merchant,
        row_number() over (partition by customer_id order by event_us, amount nulls first, merchant nulls first) as row_order
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
customer_orders_last_rows_per_row as (
    -- per row of `customer_orders`, the last of its moment: the windows that end with it
    select
        r.customer_id,
        r.known_us,
        sum(r.amount) over (partition by r.customer_id order by r.row_order rows between 1 preceding and current row) as spend_of_last_2,
        count(*) over (partition by r.customer_id order by r.row_order rows between 2 preceding and current row) as orders_of_last_3,
        arg_min_null(r.merchant, r.row_order) over (partition by r.customer_id order by r.row_order rows between 2 preceding and current row) as third_last_merchant,
        array_agg(r.merchant order by r.row_order) over (partition by r.customer_id order by r.row_order rows between 1 preceding and current row) as last_merchants
    from customer_orders_rows as r
    qualify lead(r.event_us) over (partition by r.customer_id order by r.row_order) is distinct from r.event_us
),
customer_orders_last_rows as (
    -- per ask: windows that end with the latest visible row of `customer_orders`
    select
        a.customer_id,
        a.as_of_us,
        cast(r.spend_of_last_2 as bigint) as spend_of_last_2,
        r.orders_of_last_3,
        r.third_last_merchant,
        r.last_merchants
    from customer_orders_asks as a
    asof join customer_orders_last_rows_per_row as r
        on a.customer_id = r.customer_id and a.as_of_us > r.known_us
)
-- the spine's rows, each once, with their features
select
    s.customer_id,
    s.decided_at,
    s.churned,
    customer_orders_last_rows.spend_of_last_2,
    coalesce(customer_orders_last_rows.orders_of_last_3, 0) as orders_of_last_3,
    customer_orders_last_rows.third_last_merchant,
    customer_orders_last_rows.last_merchants
from spine as s
left join customer_orders_last_rows
    on s.customer_id = customer_orders_last_rows.customer_id
    and s.as_of_us = customer_orders_last_rows.as_of_us
order by s.spine_row
