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
        ordered_at,
        row_number() over (partition by customer_id order by event_us) as row_order
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
        on a.customer_id = r.customer_id and a.as_of_us > r.known_us
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
        on a.customer_id = r.customer_id and a.as_of_us > r.known_us
),
customer_orders_windows as (
    -- per ask: windows over the visible rows of `customer_orders`
    select
        a.customer_id,
        a.as_of_us,
        count(*) filter (where r.ordered_at > make_timestamp(a.as_of_us) - interval 3 day) as orders_3d
    from customer_orders_asks as a
    inner join customer_orders_rows as r
        on a.customer_id = r.customer_id
        and r.known_us < a.as_of_us
    group by a.customer_id, a.as_of_us
)
-- the spine's rows, each once, with their features
select
    s.customer_id,
    s.decided_at,
    s.churned,
    date_diff('hour', customer_orders_last_rows.max_ordered_at_lifetime, make_timestamp(s.as_of_us)) as hours_since_order,
    case when customer_orders_latest.event_us is not null then date_diff('day', customer_orders_latest.ordered_at, make_timestamp(s.as_of_us)) end as age_in_days,
    coalesce(customer_orders_windows.orders_3d, 0) as orders_3d,
    case when customer_orders_latest.event_us is not null then make_timestamp(s.as_of_us) end as asked_at
from spine as s
left join customer_orders_latest
    on s.customer_id = customer_orders_latest.customer_id
    and s.as_of_us = customer_orders_latest.as_of_us
left join customer_orders_last_rows
    on s.customer_id = customer_orders_last_rows.customer_id
    and s.as_of_us = customer_orders_last_rows.as_of_us
left join customer_orders_windows
    on s.customer_id = customer_orders_windows.customer_id
    and s.as_of_us = customer_orders_windows.as_of_us
order by s.spine_row
