with customer_orders_body as (
    -- the rows of `customer_orders` as its model selects them
    select
        customer_id,
        date_part(epoch_microsecond, date_trunc('microsecond', ordered_at)) as event_us,
        amount
    from shop.orders as orders
    where status = 'ok'
),
customer_orders_rows as (
    -- those that become known to someone, with the microsecond when and their rank among their own
    select
        customer_id,
        event_us,
        event_us as known_us,
        amount,
        row_number() over (partition by customer_id order by event_us, amount nulls first) as row_order
    from customer_orders_body
    where customer_id is not null
        and event_us is not null
),
customer_orders_asks as (
    -- every entity with a visible row, at the time of the run
    select distinct
        r.customer_id,
        1769904000000000 as as_of_us,
        date_part(epoch_microsecond, dateadd(day, 1 - dayofweekiso(to_timestamp_ntz(1769904000000000, 6)), date_trunc('day', to_timestamp_ntz(1769904000000000, 6)))) as this_week_start_us
    from customer_orders_rows as r
    where r.known_us < 1769904000000000
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
        r.amount
    from customer_orders_latest_moment as a
    inner join customer_orders_rows as r
        on a.customer_id = r.customer_id
        and a.event_us = r.event_us
    qualify row_number() over (partition by a.customer_id, a.as_of_us order by r.amount desc nulls last) = 1
),
customer_orders_windows as (
    -- per ask: windows over the visible rows of `customer_orders`
    select
        a.customer_id,
        a.as_of_us,
        cast(sum(iff(r.event_us >= a.as_of_us - 604800000000, r.amount, null)) as bigint) as spend_7d,
        cast(sum(iff((r.event_us >= a.as_of_us - 1209600000000) and (r.event_us < a.as_of_us - 604800000000), r.amount, null)) as bigint) as spend_week_before,
        cast(sum(iff(r.event_us >= a.this_week_start_us, r.amount, null)) as bigint) as spend_this_week,
        cast(sum(r.amount) as bigint) as spend
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
        r.amount,
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
        cast(sum(r.amount) as bigint) as spend_of_last_2
    from customer_orders_recent_rows as r
    group by r.customer_id, r.as_of_us
)
-- one row per entity, as of the time of the run
select
    customer_orders_latest.customer_id,
    customer_orders_latest.amount as last_amount,
    cast(customer_orders_windows.spend_7d as bigint) as spend_7d,
    cast(customer_orders_windows.spend_week_before as bigint) as spend_week_before,
    cast(customer_orders_recent.spend_of_last_2 as bigint) as spend_of_last_2,
    cast(customer_orders_windows.spend_this_week as bigint) as spend_this_week,
    cast(customer_orders_windows.spend as bigint) as spend,
    to_timestamp_ntz(customer_orders_latest.event_us, 6) as event_time,
    to_timestamp_ntz(customer_orders_latest.as_of_us, 6) as as_of_time
from customer_orders_latest
left join customer_orders_windows
    on customer_orders_latest.customer_id = customer_orders_windows.customer_id
    and customer_orders_latest.as_of_us = customer_orders_windows.as_of_us
left join customer_orders_recent
    on customer_orders_latest.customer_id = customer_orders_recent.customer_id
    and customer_orders_latest.as_of_us = customer_orders_recent.as_of_us
