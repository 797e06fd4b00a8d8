with customer_orders_body as (
    -- the rows of `customer_orders` as its model selects them
    select
        customer_id,
        epoch_us(ordered_at) as event_us,
        amount,
        merchant,
        ordered_at,
        status = 'ok' as all_ok_input,
        ordered_at as ordered_at_2,
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
        ordered_at_2,
        status,
        row_number() over (partition by customer_id order by event_us, amount nulls first, merchant nulls first, status nulls first) as row_order
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
customer_orders_totals_heap as (
    -- the rows of `customer_orders`, and per ask the moments at which its windows begin and end
    select
        r.customer_id,
        null as as_of_us,
        null as edge,
        0 as turn,
        r.event_us as moment_us,
        r.amount,
        r.all_ok_input
    from customer_orders_rows as r
    union all
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        1 as turn,
        a.as_of_us - 1 as moment_us,
        null as amount,
        null as all_ok_input
    from customer_orders_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        1 as turn,
        a.as_of_us - 2592000000001 as moment_us,
        null as amount,
        null as all_ok_input
    from customer_orders_asks as a
),
customer_orders_totals_sorted as (
    -- the same by entity and time; at one moment the rows come first
    select
        h.*
    from customer_orders_totals_heap as h
    order by h.customer_id, h.moment_us, h.turn
),
customer_orders_totals_running as (
    -- per row and edge: totals over all rows before it
    select
        h.customer_id,
        h.as_of_us,
        h.edge,
        h.turn,
        count(h.amount) filter (where h.turn = 0) over (rows between unbounded preceding and current row) as count_amount,
        sum(h.amount) filter (where h.turn = 0) over (rows between unbounded preceding and current row) as sum_amount,
        count(h.all_ok_input) filter (where h.turn = 0) over (rows between unbounded preceding and current row) as count_all_ok_input,
        count(*) filter (where (h.turn = 0) and h.all_ok_input) over (rows between unbounded preceding and current row) as true_all_ok_input
    from customer_orders_totals_sorted as h
),
customer_orders_totals_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        r.customer_id,
        r.as_of_us,
        r.edge,
        r.count_amount,
        r.sum_amount,
        r.count_all_ok_input,
        r.true_all_ok_input
    from customer_orders_totals_running as r
    where r.turn = 1
),
customer_orders_totals_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.customer_id,
        r.as_of_us,
        coalesce(max(r.count_amount) filter (where r.edge = 0), 0) - coalesce(max(r.count_amount) filter (where r.edge = 1), 0) as count_amount_w,
        coalesce(max(r.sum_amount) filter (where r.edge = 0), 0) - coalesce(max(r.sum_amount) filter (where r.edge = 1), 0) as sum_amount_w,
        coalesce(max(r.count_all_ok_input) filter (where r.edge = 0), 0) - coalesce(max(r.count_all_ok_input) filter (where r.edge = 1), 0) as count_all_ok_input_w,
        coalesce(max(r.true_all_ok_input) filter (where r.edge = 0), 0) - coalesce(max(r.true_all_ok_input) filter (where r.edge = 1), 0) as true_all_ok_input_w
    from customer_orders_totals_at_edges as r
    group by r.customer_id, r.as_of_us
),
customer_orders_totals as (
    -- per ask: windows over the visible rows of `customer_orders`
    select
        w.customer_id,
        w.as_of_us,
        w.count_amount_w as amounts,
        cast(case when w.count_amount_w > 0 then w.sum_amount_w end as bigint) as total,
        case when w.count_amount_w > 0 then cast(w.sum_amount_w as double) / w.count_amount_w end as mean,
        case when w.count_all_ok_input_w > 0 then w.true_all_ok_input_w = w.count_all_ok_input_w end as all_ok,
        case when w.count_all_ok_input_w > 0 then w.true_all_ok_input_w > 0 end as any_ok
    from customer_orders_totals_parts as w
),
customer_orders_frames_heap as (
    -- the rows of `customer_orders` and the asks, by time
    select
        r.customer_id,
        r.event_us + 1 as moment_us,
        true as is_row,
        r.merchant,
        r.ordered_at,
        r.amount,
        r.row_order
    from customer_orders_rows as r
    union all
    select
        a.customer_id,
        a.as_of_us as moment_us,
        false as is_row,
        null as merchant,
        null as ordered_at,
        null as amount,
        null as row_order
    from customer_orders_asks as a
),
customer_orders_frames_framed as (
    -- per row and ask: the rows of each frame, aggregated
    select
        h.customer_id,
        h.moment_us as as_of_us,
        h.is_row,
        min(h.merchant) over (partition by h.customer_id order by h.moment_us range between case when h.is_row then 0 else 2591999999999 end preceding and current row) as least,
        max(h.ordered_at) over (partition by h.customer_id order by h.moment_us range between case when h.is_row then 0 else 2591999999999 end preceding and current row) as latest,
        stddev_samp(h.amount) filter (where h.is_row) over (partition by h.customer_id order by h.moment_us range between case when h.is_row then 0 else 2591999999999 end preceding and current row) as spread,
        stddev_pop(h.amount) filter (where h.is_row) over (partition by h.customer_id order by h.moment_us range between case when h.is_row then 0 else 2591999999999 end preceding and current row) as spread_pop,
        var_samp(h.amount) filter (where h.is_row) over (partition by h.customer_id order by h.moment_us range between case when h.is_row then 0 else 2591999999999 end preceding and current row) as variance,
        var_pop(h.amount) filter (where h.is_row) over (partition by h.customer_id order by h.moment_us range between case when h.is_row then 0 else 2591999999999 end preceding and current row) as variance_pop,
        median(h.amount) filter (where h.is_row) over (partition by h.customer_id order by h.moment_us range between case when h.is_row then 0 else 2591999999999 end preceding and current row) as middle,
        quantile_cont(h.amount, 0.9) filter (where h.is_row) over (partition by h.customer_id order by h.moment_us range between case when h.is_row then 0 else 2591999999999 end preceding and current row) as high,
        mode(h.merchant order by h.merchant) filter (where h.is_row) over (partition by h.customer_id order by h.moment_us range between case when h.is_row then 0 else 2591999999999 end preceding and current row) as usual,
        arg_min_null(h.merchant, h.row_order) filter (where h.is_row) over (partition by h.customer_id order by h.moment_us range between case when h.is_row then 0 else 2591999999999 end preceding and current row) as first_merchant,
        arg_max_null(h.merchant, h.row_order) filter (where h.is_row) over (partition by h.customer_id order by h.moment_us range between case when h.is_row then 0 else 2591999999999 end preceding and current row) as last_merchant,
        arg_min_null(h.merchant, row(h.amount, -h.row_order)) filter (where (h.amount is not null) and (h.is_row)) over (partition by h.customer_id order by h.moment_us range between case when h.is_row then 0 else 2591999999999 end preceding and current row) as cheapest,
        arg_max_null(h.merchant, row(h.amount, h.row_order)) filter (where (h.amount is not null) and (h.is_row)) over (partition by h.customer_id order by h.moment_us range between case when h.is_row then 0 else 2591999999999 end preceding and current row) as dearest,
        array_agg(h.amount order by h.row_order) filter (where h.is_row) over (partition by h.customer_id order by h.moment_us range between case when h.is_row then 0 else 2591999999999 end preceding and current row) as amounts_in_order,
        case when count(*) filter (where h.is_row) over (partition by h.customer_id order by h.moment_us range between case when h.is_row then 0 else 2591999999999 end preceding and current row) > 0 then approx_count_distinct(h.merchant) filter (where h.is_row) over (partition by h.customer_id order by h.moment_us range between case when h.is_row then 0 else 2591999999999 end preceding and current row) end as about_merchants
    from customer_orders_frames_heap as h
),
customer_orders_frames as (
    -- per ask: windows over the visible rows of `customer_orders`
    select
        r.customer_id,
        r.as_of_us,
        r.least,
        r.latest,
        r.spread,
        r.spread_pop,
        r.variance,
        r.variance_pop,
        r.middle,
        r.high,
        r.usual,
        r.first_merchant,
        r.last_merchant,
        r.cheapest,
        r.dearest,
        r.amounts_in_order,
        r.about_merchants
    from customer_orders_frames_framed as r
    where r.is_row = false
)
-- one row for each row of the body, with the features of the moment at which it became known
select
    r.customer_id,
    r.ordered_at_2 as ordered_at,
    coalesce(customer_orders_totals.amounts, 0) as amounts,
    customer_orders_totals.total,
    customer_orders_totals.mean,
    customer_orders_frames.least,
    customer_orders_frames.latest,
    customer_orders_frames.spread,
    customer_orders_frames.spread_pop,
    customer_orders_frames.variance,
    customer_orders_frames.variance_pop,
    customer_orders_frames.middle,
    customer_orders_frames.high,
    customer_orders_frames.usual,
    customer_orders_totals.all_ok,
    customer_orders_totals.any_ok,
    customer_orders_frames.first_merchant,
    customer_orders_frames.last_merchant,
    customer_orders_frames.cheapest,
    customer_orders_frames.dearest,
    customer_orders_frames.amounts_in_order,
    customer_orders_frames.about_merchants
from customer_orders_rows as r
left join customer_orders_totals
    on r.customer_id = customer_orders_totals.customer_id
    and r.known_us + 1 = customer_orders_totals.as_of_us
left join customer_orders_frames
    on r.customer_id = customer_orders_frames.customer_id
    and r.known_us + 1 = customer_orders_frames.as_of_us
