with customer_orders_body as (
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
    -- every entity with a visible row, at the time of the run
    select distinct
        r.customer_id,
        1769904000000000 as as_of_us
    from customer_orders_rows as r
    where r.known_us < 1769904000000000
),
customer_orders_latest_changes as (
    -- rows of `customer_orders` that become the latest when they become known; one per key and known time
    select
        r.*
    from customer_orders_rows as r
    qualify r.row_order = max(r.row_order) over (partition by r.customer_id order by r.known_us)
),
customer_orders_latest as (
    -- per ask: the latest visible row of `customer_orders`, where ttl lets it live
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.amount
    from customer_orders_asks as a
    asof join customer_orders_latest_changes as r
        match_condition (a.as_of_us > r.known_us)
        on a.customer_id = r.customer_id
    where r.known_us is not null
        and r.event_us >= a.as_of_us - 1728000000000
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
-- one row per entity, as of the time of the run
select
    customer_orders_latest.customer_id,
    customer_orders_latest.amount as last_amount,
    cast(customer_orders_windows.spend_7d as bigint) as spend_7d,
    to_timestamp_ntz(customer_orders_latest.event_us, 6) as event_time,
    to_timestamp_ntz(customer_orders_latest.as_of_us, 6) as as_of_time
from customer_orders_latest
left join customer_orders_windows
    on customer_orders_latest.customer_id = customer_orders_windows.customer_id
    and customer_orders_latest.as_of_us = customer_orders_windows.as_of_us
