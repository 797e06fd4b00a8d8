with customer_orders_body as (
    -- the rows of `customer_orders` as its model selects them
    select
        customer_id,
        epoch_us(ordered_at) as event_us,
        amount,
        ordered_at
    from read_csv('/project/data/orders.csv') as orders
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
        r.known_us + 1 as as_of_us,
        epoch_us(cast(make_date((year(date_trunc('quarter', make_timestamp(r.known_us + 1))) * 12 + month(date_trunc('quarter', make_timestamp(r.known_us + 1))) - 1 - 3) // 12, (year(date_trunc('quarter', make_timestamp(r.known_us + 1))) * 12 + month(date_trunc('quarter', make_timestamp(r.known_us + 1))) - 1 - 3) % 12 + 1, 1) as timestamp)) as last_quarter_start_us,
        epoch_us(cast(date_trunc('month', make_timestamp(r.known_us + 1)) as timestamp)) as this_month_start_us,
        epoch_us(case when timezone('Europe/Paris', (timezone('Europe/Paris', cast(date_trunc('day', timezone('Europe/Paris', timezone('UTC', make_timestamp(r.known_us + 1)))) as timestamp)) - to_hours(1))) = timezone('Europe/Paris', timezone('Europe/Paris', cast(date_trunc('day', timezone('Europe/Paris', timezone('UTC', make_timestamp(r.known_us + 1)))) as timestamp))) then (timezone('Europe/Paris', cast(date_trunc('day', timezone('Europe/Paris', timezone('UTC', make_timestamp(r.known_us + 1)))) as timestamp)) - to_hours(1)) else timezone('Europe/Paris', cast(date_trunc('day', timezone('Europe/Paris', timezone('UTC', make_timestamp(r.known_us + 1)))) as timestamp)) end) as today_start_us,
        epoch_us(case when timezone('Europe/Paris', (timezone('Europe/Paris', cast((cast(date_trunc('day', timezone('Europe/Paris', timezone('UTC', make_timestamp(r.known_us + 1)))) as date) - 1) as timestamp)) - to_hours(1))) = timezone('Europe/Paris', timezone('Europe/Paris', cast((cast(date_trunc('day', timezone('Europe/Paris', timezone('UTC', make_timestamp(r.known_us + 1)))) as date) - 1) as timestamp))) then (timezone('Europe/Paris', cast((cast(date_trunc('day', timezone('Europe/Paris', timezone('UTC', make_timestamp(r.known_us + 1)))) as date) - 1) as timestamp)) - to_hours(1)) else timezone('Europe/Paris', cast((cast(date_trunc('day', timezone('Europe/Paris', timezone('UTC', make_timestamp(r.known_us + 1)))) as date) - 1) as timestamp)) end) as two_days_start_us
    from customer_orders_rows as r
),
customer_orders_windows as (
    -- per ask: windows over the visible rows of `customer_orders`
    select
        a.customer_id,
        a.as_of_us,
        count(*) filter (where r.event_us >= a.today_start_us) as orders_today,
        count(*) filter (where r.event_us >= a.two_days_start_us) as orders_two_days,
        cast(sum(r.amount) filter (where r.event_us >= a.this_month_start_us) as bigint) as spend_this_month,
        count(*) filter (where r.event_us >= a.last_quarter_start_us) as orders_since_last_quarter
    from customer_orders_asks as a
    inner join customer_orders_rows as r
        on a.customer_id = r.customer_id
        and r.known_us < a.as_of_us
        and r.event_us >= a.as_of_us - 16070400000000
    group by a.customer_id, a.as_of_us
)
-- one row for each row of the body, with the features of the moment at which it became known
select
    r.customer_id,
    r.ordered_at,
    coalesce(customer_orders_windows.orders_today, 0) as orders_today,
    coalesce(customer_orders_windows.orders_two_days, 0) as orders_two_days,
    customer_orders_windows.spend_this_month,
    coalesce(customer_orders_windows.orders_since_last_quarter, 0) as orders_since_last_quarter
from customer_orders_rows as r
left join customer_orders_windows
    on r.customer_id = customer_orders_windows.customer_id
    and r.known_us + 1 = customer_orders_windows.as_of_us
