with customer_orders_body as (
    -- the rows of `customer_orders` as its model selects them
    select
        customer_id,
        epoch_us(ordered_at) as event_us,
        amount,
        merchant,
        ordered_at
    from read_csv('/project/data/orders.csv') as orders
    where status = 'ok'
),
customer_orders_rows as materialized (
    -- those that become known to someone, with the microsecond when and their rank among their own
    select
        customer_id,
        event_us,
        event_us as known_us,
        amount,
        merchant,
        ordered_at,
        row_number() over (partition by customer_id order by event_us, amount nulls first, merchant nulls first) as row_order
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
-- one row for each row of the body, with the features of the moment at which it became known
select
    r.customer_id,
    r.ordered_at,
    customer_orders_last_rows.spend_of_last_2,
    coalesce(customer_orders_last_rows.orders_of_last_3, 0) as orders_of_last_3,
    customer_orders_last_rows.third_last_merchant,
    customer_orders_last_rows.last_merchants
from customer_orders_rows as r
left join customer_orders_last_rows
    on r.customer_id = customer_orders_last_rows.customer_id
    and r.known_us + 1 = customer_orders_last_rows.as_of_us
