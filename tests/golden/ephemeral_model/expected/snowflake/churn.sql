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
        amount
    from (
        select
            customer_id,
            ordered_at,
            amount,
            status
        from shop.orders as orders
        where
            not amount is null
    ) as o
    where o.status = 'ok'
),
customer_orders_rows as (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        amount
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
)
-- the spine's rows, each once, with their features
select
    s.customer_id,
    s.decided_at,
    s.churned,
    customer_orders_latest.amount as last_amount
from spine as s
left join customer_orders_latest
    on s.customer_id = customer_orders_latest.customer_id
    and s.as_of_us = customer_orders_latest.as_of_us
order by s.spine_row
