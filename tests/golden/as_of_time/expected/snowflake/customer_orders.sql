with customer_orders_body as (
    -- the rows of `customer_orders` as its model selects them
    select
        customer_id,
        date_part(epoch_microsecond, date_trunc('microsecond', ordered_at)) as event_us,
        ordered_at,
        ordered_at as ordered_at_2
    from shop.orders as orders
    where status = 'ok'
),
customer_orders_rows as (
    -- those that become known to someone, with the microsecond when and their rank among their own
    select
        customer_id,
        event_us,
        event_us as known_us,
        ordered_at,
        ordered_at_2,
        row_number() over (partition by customer_id order by event_us) as row_order
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
customer_orders_latest_moment as (
    -- per ask: when its latest visible row happened
    select
        a.customer_id,
        a.as_of_us,
        r.event_us
    from customer_orders_asks as a
    asof join customer_orders_rows as r
        match_condition (a.as_of_us > r.known_us)
        on a.customer_id = r.customer_id
    where r.known_us is not null
),
customer_orders_latest as (
    -- per ask: the latest visible row of `customer_orders`
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.ordered_at
    from customer_orders_latest_moment as a
    inner join customer_orders_rows as r
        on a.customer_id = r.customer_id
        and a.event_us = r.event_us
    qualify row_number() over (partition by a.customer_id, a.as_of_us) = 1
),
customer_orders_last_rows_per_row as (
    -- per row of `customer_orders`, the last of its moment: the windows that end with it
    select
        r.customer_id,
        r.known_us,
        max(r.ordered_at) over (partition by r.customer_id order by r.row_order rows between unbounded preceding and current row) as max_ordered_at_lifetime
    from customer_orders_rows as r
    qualify lead(r.event_us) over (partition by r.customer_id order by r.row_order) is distinct from r.event_us
),
customer_orders_last_rows as (
    -- per ask: windows that end with the latest visible row of `customer_orders`
    select
        a.customer_id,
        a.as_of_us,
        r.max_ordered_at_lifetime
    from customer_orders_asks as a
    asof join customer_orders_last_rows_per_row as r
        match_condition (a.as_of_us > r.known_us)
        on a.customer_id = r.customer_id
    where r.known_us is not null
),
customer_orders_windows as (
    -- per ask: windows over the visible rows of `customer_orders`
    select
        a.customer_id,
        a.as_of_us,
        count_if(r.ordered_at > to_timestamp_ntz(a.as_of_us, 6) - interval '3 DAY') as orders_3d
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
    cast(datediff(hour, customer_orders_last_rows.max_ordered_at_lifetime, to_timestamp_ntz(r.known_us + 1, 6)) as bigint) as hours_since_order,
    cast(case when customer_orders_latest.event_us is not null then datediff(day, customer_orders_latest.ordered_at, to_timestamp_ntz(r.known_us + 1, 6)) end as bigint) as age_in_days,
    cast(coalesce(customer_orders_windows.orders_3d, 0) as bigint) as orders_3d,
    case when customer_orders_latest.event_us is not null then to_timestamp_ntz(r.known_us + 1, 6) end as asked_at
from customer_orders_rows as r
left join customer_orders_latest
    on r.customer_id = customer_orders_latest.customer_id
    and r.known_us + 1 = customer_orders_latest.as_of_us
left join customer_orders_last_rows
    on r.customer_id = customer_orders_last_rows.customer_id
    and r.known_us + 1 = customer_orders_last_rows.as_of_us
left join customer_orders_windows
    on r.customer_id = customer_orders_windows.customer_id
    and r.known_us + 1 = customer_orders_windows.as_of_us
