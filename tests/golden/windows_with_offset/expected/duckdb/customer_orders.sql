with customer_orders_body as (
    -- the rows of `customer_orders` as its model selects them
    select
        customer_id,
        epoch_us(ordered_at) as event_us,
        amount,
        ordered_at
    from read_csv('/project/data/orders.csv') as orders
    where status = 'ok'
),
customer_orders_rows as materialized (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        amount,
        ordered_at
    from customer_orders_body
    where customer_id is not null
        and event_us is not null
),
customer_orders_asks as (
    -- every key, at each first instant at which a row of its is visible
    select distinct
        r.customer_id,
        r.known_us + 1 as as_of_us
    from customer_orders_rows as r
),
customer_orders_windows as (
    -- per ask: windows over the visible rows of `customer_orders`
    select
        a.customer_id,
        a.as_of_us,
        count(*) filter (where r.event_us >= a.as_of_us - 604800000000) as orders_this_week,
        count(*) filter (where r.event_us < a.as_of_us - 604800000000) as orders_week_before,
        cast(sum(r.amount) filter (where r.event_us < a.as_of_us - 604800000000) as bigint) as spend_week_before
    from customer_orders_asks as a
    inner join customer_orders_rows as r
        on a.customer_id = r.customer_id
        and r.known_us < a.as_of_us
        and r.event_us >= a.as_of_us - 1209600000000
    group by a.customer_id, a.as_of_us
)
-- one row for each row of the body, with the features of the moment at which it became known
select
    r.customer_id,
    r.ordered_at,
    coalesce(customer_orders_windows.orders_this_week, 0) as orders_this_week,
    coalesce(customer_orders_windows.orders_week_before, 0) as orders_week_before,
    customer_orders_windows.spend_week_before
from customer_orders_rows as r
left join customer_orders_windows
    on r.customer_id = customer_orders_windows.customer_id
    and r.known_us + 1 = customer_orders_windows.as_of_us
