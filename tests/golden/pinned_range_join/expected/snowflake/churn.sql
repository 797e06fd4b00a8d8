with spine_query as (
    -- the rows that ask, as the model selects them
    select
        customer_id,
        decided_at,
        churned
    from shop.decisions as decisions
),
spine as (
    -- the rows that ask, numbered, with `decided_at` in microseconds of UTC
    select
        q.*,
        row_number() over (order by null) as spine_row,
        date_part(epoch_microsecond, date_trunc('microsecond', q.decided_at)) as as_of_us
    from spine_query as q
),
customer_orders_body as (
    -- the rows of `customer_orders` as its model selects them
    select
        customer_id,
        date_part(epoch_microsecond, date_trunc('microsecond', ordered_at)) as event_us,
        date_part(epoch_microsecond, date_trunc('microsecond', loaded_at)) as available_us,
        amount
    from shop.orders as orders
    where status = 'ok'
),
customer_orders_rows as (
    -- those that become known to someone, with the microsecond when and their rank among their own
    select
        customer_id,
        event_us,
        greatest(event_us, available_us) as known_us,
        amount,
        row_number() over (partition by customer_id order by event_us, greatest(event_us, available_us) nulls first, amount nulls first) as row_order
    from customer_orders_body
    where customer_id is not null
        and event_us is not null
        and available_us is not null
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
customer_orders_latest_rank as (
    -- per ask: the rank of the latest row of `customer_orders` that is visible
    select
        a.customer_id,
        a.as_of_us,
        max(r.row_order) as row_order
    from customer_orders_asks as a
    inner join customer_orders_rows as r
        on a.customer_id = r.customer_id
        and r.known_us < a.as_of_us
    group by a.customer_id, a.as_of_us
),
customer_orders_latest as (
    -- per ask: the latest visible row of `customer_orders`
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.amount
    from customer_orders_latest_rank as a
    inner join customer_orders_rows as r
        on a.customer_id = r.customer_id
        and a.row_order = r.row_order
),
customer_orders_windows as (
    -- per ask: windows over the visible rows of `customer_orders`
    select
        a.customer_id,
        a.as_of_us,
        cast(sum(r.amount) as bigint) as spend_7d
    from customer_orders_asks as a
    inner join customer_orders_rows as r
        on a.customer_id = r.customer_id
        and r.known_us < a.as_of_us
        and r.event_us >= a.as_of_us - 604800000000
    group by a.customer_id, a.as_of_us
)
-- the spine's rows, each once, with their features
select
    s.customer_id,
    s.decided_at,
    s.churned,
    customer_orders_latest.amount as last_amount,
    cast(customer_orders_windows.spend_7d as bigint) as spend_7d
from spine as s
left join customer_orders_latest
    on s.customer_id = customer_orders_latest.customer_id
    and s.as_of_us = customer_orders_latest.as_of_us
left join customer_orders_windows
    on s.customer_id = customer_orders_windows.customer_id
    and s.as_of_us = customer_orders_windows.as_of_us
order by s.spine_row
