with customer_orders_body as (
    -- the rows of `customer_orders` as its model selects them
    select
        customer_id,
        date_part(epoch_microsecond, date_trunc('microsecond', ordered_at)) as event_us,
        amount,
        merchant,
        ordered_at,
        status = 'ok' as all_ok_input,
        ordered_at as ordered_at_2,
        status
    from shop.orders as orders
),
customer_orders_rows as (
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
customer_orders_totals_as_of_running as (
    -- per row of `customer_orders`: totals over its entity's rows up to its time
    select
        r.customer_id,
        r.event_us as moment_us,
        count(r.amount) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as count_amount,
        sum(r.amount) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as sum_amount,
        count(r.all_ok_input) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as count_all_ok_input,
        count_if(r.all_ok_input) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as true_all_ok_input
    from customer_orders_rows as r
),
customer_orders_totals_as_of_edges as (
    -- per ask: the moments at which its windows begin and end
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        a.as_of_us - 1 as moment_us
    from customer_orders_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        a.as_of_us - 2592000000001 as moment_us
    from customer_orders_asks as a
),
customer_orders_totals_as_of_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        e.customer_id,
        e.as_of_us,
        e.edge,
        r.count_amount,
        r.sum_amount,
        r.count_all_ok_input,
        r.true_all_ok_input
    from customer_orders_totals_as_of_edges as e
    asof join customer_orders_totals_as_of_running as r
        match_condition (e.moment_us >= r.moment_us)
        on e.customer_id = r.customer_id
    where r.moment_us is not null
),
customer_orders_totals_as_of_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.customer_id,
        r.as_of_us,
        coalesce(max(iff(r.edge = 0, r.count_amount, null)), 0) - coalesce(max(iff(r.edge = 1, r.count_amount, null)), 0) as count_amount_w,
        coalesce(max(iff(r.edge = 0, r.sum_amount, null)), 0) - coalesce(max(iff(r.edge = 1, r.sum_amount, null)), 0) as sum_amount_w,
        coalesce(max(iff(r.edge = 0, r.count_all_ok_input, null)), 0) - coalesce(max(iff(r.edge = 1, r.count_all_ok_input, null)), 0) as count_all_ok_input_w,
        coalesce(max(iff(r.edge = 0, r.true_all_ok_input, null)), 0) - coalesce(max(iff(r.edge = 1, r.true_all_ok_input, null)), 0) as true_all_ok_input_w
    from customer_orders_totals_as_of_at_edges as r
    group by r.customer_id, r.as_of_us
),
customer_orders_totals_as_of as (
    -- per ask: windows over the visible rows of `customer_orders`
    select
        w.customer_id,
        w.as_of_us,
        w.count_amount_w as amounts,
        cast(case when w.count_amount_w > 0 then w.sum_amount_w end as bigint) as total,
        case when w.count_amount_w > 0 then cast(w.sum_amount_w as double) / w.count_amount_w end as mean,
        case when w.count_all_ok_input_w > 0 then w.true_all_ok_input_w = w.count_all_ok_input_w end as all_ok,
        case when w.count_all_ok_input_w > 0 then w.true_all_ok_input_w > 0 end as any_ok
    from customer_orders_totals_as_of_parts as w
),
customer_orders_frames_heap as (
    -- the rows of `customer_orders` and the asks, by time
    select
        r.customer_id,
        r.event_us + 1 as moment_us,
        true as is_row,
        r.merchant,
        r.ordered_at
    from customer_orders_rows as r
    union all
    select
        a.customer_id,
        a.as_of_us as moment_us,
        false as is_row,
        null as merchant,
        null as ordered_at
    from customer_orders_asks as a
),
customer_orders_frames_framed as (
    -- per row and ask: the rows of each frame, aggregated
    select
        h.customer_id,
        h.moment_us as as_of_us,
        h.is_row,
        min(h.merchant) over (partition by h.customer_id order by h.moment_us range between 2591999999999 preceding and current row) as least,
        max(h.ordered_at) over (partition by h.customer_id order by h.moment_us range between 2591999999999 preceding and current row) as latest
    from customer_orders_frames_heap as h
),
customer_orders_frames as (
    -- per ask: windows over the visible rows of `customer_orders`
    select
        r.customer_id,
        r.as_of_us,
        r.least,
        r.latest
    from customer_orders_frames_framed as r
    where r.is_row = false
),
customer_orders_windows_ordered_rows as (
    -- the rows of `customer_orders`, ranked by what its windows choose by
    select
        r.*,
        row_number() over (partition by r.customer_id order by r.amount nulls first, 0 - r.row_order nulls first) as order_1,
        row_number() over (partition by r.customer_id order by r.amount nulls first, r.row_order) as order_2
    from customer_orders_rows as r
),
customer_orders_windows_others as (
    -- per ask: windows over the visible rows of `customer_orders`
    select
        a.customer_id,
        a.as_of_us,
        stddev_samp(cast(r.amount as double)) as spread,
        stddev_pop(cast(r.amount as double)) as spread_pop,
        var_samp(cast(r.amount as double)) as variance,
        var_pop(cast(r.amount as double)) as variance_pop,
        median(cast(r.amount as double)) as middle,
        percentile_cont(0.9) within group (order by cast(r.amount as double)) as high,
        min_by(r.merchant, r.row_order) as first_merchant,
        max_by(r.merchant, r.row_order) as last_merchant,
        min_by(r.merchant, iff(r.amount is not null, r.order_1, null)) as cheapest,
        max_by(r.merchant, iff(r.amount is not null, r.order_2, null)) as dearest,
        nullif(array_agg(coalesce(to_variant(r.amount), parse_json('null'))) within group (order by r.row_order), array_construct()) as amounts_in_order,
        iff(count(*) > 0, approx_count_distinct(r.merchant), null) as about_merchants
    from customer_orders_asks as a
    inner join customer_orders_windows_ordered_rows as r
        on a.customer_id = r.customer_id
        and r.known_us < a.as_of_us
        and r.event_us >= a.as_of_us - 2592000000000
    group by a.customer_id, a.as_of_us
),
customer_orders_windows_usual_counts as (
    -- per ask and value: in how many rows of the window it stands
    select
        a.customer_id,
        a.as_of_us,
        r.merchant as value,
        count(*) as times
    from customer_orders_asks as a
    inner join customer_orders_windows_ordered_rows as r
        on a.customer_id = r.customer_id
        and r.known_us < a.as_of_us
        and r.event_us >= a.as_of_us - 2592000000000
    where r.merchant is not null
    group by a.customer_id, a.as_of_us, r.merchant
),
customer_orders_windows_usual as (
    -- per ask: the most frequent value, of several the smallest
    select
        r.customer_id,
        r.as_of_us,
        r.value as usual
    from customer_orders_windows_usual_counts as r
    qualify row_number() over (partition by r.customer_id, r.as_of_us order by 0 - r.times nulls first, r.value nulls first) = 1
),
customer_orders_windows as (
    -- per ask: all of its windows
    select
        a.customer_id,
        a.as_of_us,
        customer_orders_windows_others.spread,
        customer_orders_windows_others.spread_pop,
        customer_orders_windows_others.variance,
        customer_orders_windows_others.variance_pop,
        customer_orders_windows_others.middle,
        customer_orders_windows_others.high,
        customer_orders_windows_usual.usual,
        customer_orders_windows_others.first_merchant,
        customer_orders_windows_others.last_merchant,
        customer_orders_windows_others.cheapest,
        customer_orders_windows_others.dearest,
        customer_orders_windows_others.amounts_in_order,
        customer_orders_windows_others.about_merchants
    from customer_orders_asks as a
    left join customer_orders_windows_others
        on a.customer_id = customer_orders_windows_others.customer_id
        and a.as_of_us = customer_orders_windows_others.as_of_us
    left join customer_orders_windows_usual
        on a.customer_id = customer_orders_windows_usual.customer_id
        and a.as_of_us = customer_orders_windows_usual.as_of_us
)
-- one row for each row of the body, with the features of the moment at which it became known
select
    r.customer_id,
    r.ordered_at_2 as ordered_at,
    cast(coalesce(customer_orders_totals_as_of.amounts, 0) as bigint) as amounts,
    cast(customer_orders_totals_as_of.total as bigint) as total,
    cast(customer_orders_totals_as_of.mean as double) as mean,
    customer_orders_frames.least,
    customer_orders_frames.latest,
    cast(customer_orders_windows.spread as double) as spread,
    cast(customer_orders_windows.spread_pop as double) as spread_pop,
    cast(customer_orders_windows.variance as double) as variance,
    cast(customer_orders_windows.variance_pop as double) as variance_pop,
    cast(customer_orders_windows.middle as double) as middle,
    cast(customer_orders_windows.high as double) as high,
    customer_orders_windows.usual,
    customer_orders_totals_as_of.all_ok,
    customer_orders_totals_as_of.any_ok,
    customer_orders_windows.first_merchant,
    customer_orders_windows.last_merchant,
    customer_orders_windows.cheapest,
    customer_orders_windows.dearest,
    customer_orders_windows.amounts_in_order,
    cast(customer_orders_windows.about_merchants as bigint) as about_merchants
from customer_orders_rows as r
left join customer_orders_totals_as_of
    on r.customer_id = customer_orders_totals_as_of.customer_id
    and r.known_us + 1 = customer_orders_totals_as_of.as_of_us
left join customer_orders_frames
    on r.customer_id = customer_orders_frames.customer_id
    and r.known_us + 1 = customer_orders_frames.as_of_us
left join customer_orders_windows
    on r.customer_id = customer_orders_windows.customer_id
    and r.known_us + 1 = customer_orders_windows.as_of_us
