with customer_orders_body as (
    -- the rows of `customer_orders` as its model selects them
    select
        customer_id,
        epoch_us(ordered_at) as event_us,
        ordered_at,
        amount,
        ordered_at as ordered_at_2
    from read_csv('/project/data/orders.csv') as orders
    where status = 'ok'
),
customer_orders_rows as materialized (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        ordered_at,
        amount,
        ordered_at_2
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
        count(*) as orders,
        min(r.ordered_at) as first_order_at,
        avg(r.amount) as mean_amount
    from customer_orders_asks as a
    inner join customer_orders_rows as r
        on a.customer_id = r.customer_id
        and r.known_us < a.as_of_us
    group by a.customer_id, a.as_of_us
)
-- one row for each row of the body, with the features of the moment at which it became known
select
    r.customer_id,
    r.ordered_at_2 as ordered_at,
    coalesce(customer_orders_windows.orders, 0) as orders,
    customer_orders_windows.first_order_at,
    customer_orders_windows.mean_amount
from customer_orders_rows as r
left join customer_orders_windows
    on r.customer_id = customer_orders_windows.customer_id
    and r.known_us + 1 = customer_orders_windows.as_of_us
