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
        amount,
        merchant,
        ordered_at,
        status = 'ok' as all_ok_input,
        status
    from read_csv('/project/data/orders.csv') as orders
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
        all_ok_input,
        status,
        row_number() over (partition by customer_id order by event_us, amount nulls first, merchant nulls first, status nulls first) as row_order
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
customer_orders_windows as (
    -- per ask: windows over the visible rows of `customer_orders`
    select
        a.customer_id,
        a.as_of_us,
        count(r.amount) as amounts,
        cast(sum(r.amount) as bigint) as total,
        avg(r.amount) as mean,
        min(r.merchant) as least,
        max(r.ordered_at) as latest,
        stddev_samp(r.amount) as spread,
        stddev_pop(r.amount) as spread_pop,
        var_samp(r.amount) as variance,
        var_pop(r.amount) as variance_pop,
        median(r.amount) as middle,
        quantile_cont(r.amount, 0.9) as high,
        mode(r.merchant order by r.merchant) as usual,
        bool_and(r.all_ok_input) as all_ok,
        bool_or(r.all_ok_input) as any_ok,
        arg_min_null(r.merchant, r.row_order) as first_merchant,
        arg_max_null(r.merchant, r.row_order) as last_merchant,
        arg_min_null(r.merchant, row(r.amount, -r.row_order)) filter (where r.amount is not null) as cheapest,
        arg_max_null(r.merchant, row(r.amount, r.row_order)) filter (where r.amount is not null) as dearest,
        array_agg(r.amount order by r.row_order) as amounts_in_order,
        case when count(*) > 0 then approx_count_distinct(r.merchant) end as about_merchants
    from customer_orders_asks as a
    inner join customer_orders_rows as r
        on a.customer_id = r.customer_id
        and r.known_us < a.as_of_us
        and r.event_us >= a.as_of_us - 2592000000000
    group by a.customer_id, a.as_of_us
)
-- the spine's rows, each once, with their features
select
    s.customer_id,
    s.decided_at,
    s.churned,
    coalesce(customer_orders_windows.amounts, 0) as amounts,
    customer_orders_windows.total,
    customer_orders_windows.mean,
    customer_orders_windows.least,
    customer_orders_windows.latest,
    customer_orders_windows.spread,
    customer_orders_windows.spread_pop,
    customer_orders_windows.variance,
    customer_orders_windows.variance_pop,
    customer_orders_windows.middle,
    customer_orders_windows.high,
    customer_orders_windows.usual,
    customer_orders_windows.all_ok,
    customer_orders_windows.any_ok,
    customer_orders_windows.first_merchant,
    customer_orders_windows.last_merchant,
    customer_orders_windows.cheapest,
    customer_orders_windows.dearest,
    customer_orders_windows.amounts_in_order,
    customer_orders_windows.about_merchants
from spine as s
left join customer_orders_windows
    on s.customer_id = customer_orders_windows.customer_id
    and s.as_of_us = customer_orders_windows.as_of_us
order by s.spine_row
