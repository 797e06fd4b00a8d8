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
    -- the distinct keys and times at which the spine asks `customer_orders`
    select distinct
        s.customer_id,
        s.as_of_us,
        date_part(epoch_microsecond, dateadd(day, 1 - dayofweekiso(to_timestamp_ntz(s.as_of_us, 6)), date_trunc('day', to_timestamp_ntz(s.as_of_us, 6)))) as this_week_start_us
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
),
customer_orders_totals_as_of_running as (
    -- per row of `customer_orders`: totals over its entity's rows up to its time
    select
        r.customer_id,
        r.event_us as moment_us,
        sum(r.amount) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as sum_amount,
        count(r.amount) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as count_amount
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
        a.as_of_us - 604800000001 as moment_us
    from customer_orders_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        2 as edge,
        a.as_of_us - 1209600000001 as moment_us
    from customer_orders_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        3 as edge,
        least(a.this_week_start_us - 1, a.as_of_us - 1) as moment_us
    from customer_orders_asks as a
),
customer_orders_totals_as_of_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        e.customer_id,
        e.as_of_us,
        e.edge,
        r.sum_amount,
        r.count_amount
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
        coalesce(max(iff(r.edge = 0, r.sum_amount, null)), 0) - coalesce(max(iff(r.edge = 1, r.sum_amount, null)), 0) as sum_amount_last_7d,
        coalesce(max(iff(r.edge = 0, r.count_amount, null)), 0) - coalesce(max(iff(r.edge = 1, r.count_amount, null)), 0) as count_amount_last_7d,
        coalesce(max(iff(r.edge = 1, r.sum_amount, null)), 0) - coalesce(max(iff(r.edge = 2, r.sum_amount, null)), 0) as sum_amount_week_before,
        coalesce(max(iff(r.edge = 1, r.count_amount, null)), 0) - coalesce(max(iff(r.edge = 2, r.count_amount, null)), 0) as count_amount_week_before,
        coalesce(max(iff(r.edge = 0, r.sum_amount, null)), 0) - coalesce(max(iff(r.edge = 3, r.sum_amount, null)), 0) as sum_amount_this_week,
        coalesce(max(iff(r.edge = 0, r.count_amount, null)), 0) - coalesce(max(iff(r.edge = 3, r.count_amount, null)), 0) as count_amount_this_week,
        coalesce(max(iff(r.edge = 0, r.sum_amount, null)), 0) as sum_amount_lifetime,
        coalesce(max(iff(r.edge = 0, r.count_amount, null)), 0) as count_amount_lifetime
    from customer_orders_totals_as_of_at_edges as r
    group by r.customer_id, r.as_of_us
),
customer_orders_totals_as_of as (
    -- per ask: windows over the visible rows of `customer_orders`
    select
        w.customer_id,
        w.as_of_us,
        cast(case when w.count_amount_last_7d > 0 then w.sum_amount_last_7d end as bigint) as spend_7d,
        cast(case when w.count_amount_week_before > 0 then w.sum_amount_week_before end as bigint) as spend_week_before,
        cast(case when w.count_amount_this_week > 0 then w.sum_amount_this_week end as bigint) as spend_this_week,
        cast(case when w.count_amount_lifetime > 0 then w.sum_amount_lifetime end as bigint) as spend
    from customer_orders_totals_as_of_parts as w
),
customer_orders_last_rows_per_row as (
    -- per row of `customer_orders`, the last of its moment: the windows that end with it
    select
        r.customer_id,
        r.known_us,
        sum(r.amount) over (partition by r.customer_id order by r.row_order rows between 1 preceding and current row) as spend_of_last_2
    from customer_orders_rows as r
    qualify lead(r.event_us) over (partition by r.customer_id order by r.row_order) is distinct from r.event_us
),
customer_orders_last_rows as (
    -- per ask: windows that end with the latest visible row of `customer_orders`
    select
        a.customer_id,
        a.as_of_us,
        cast(r.spend_of_last_2 as bigint) as spend_of_last_2
    from customer_orders_asks as a
    asof join customer_orders_last_rows_per_row as r
        match_condition (a.as_of_us > r.known_us)
        on a.customer_id = r.customer_id
    where r.known_us is not null
)
-- the spine's rows, each once, with their features
select
    s.customer_id,
    s.decided_at,
    s.churned,
    customer_orders_latest.amount as last_amount,
    cast(customer_orders_totals_as_of.spend_7d as bigint) as spend_7d,
    cast(customer_orders_totals_as_of.spend_week_before as bigint) as spend_week_before,
    cast(customer_orders_last_rows.spend_of_last_2 as bigint) as spend_of_last_2,
    cast(customer_orders_totals_as_of.spend_this_week as bigint) as spend_this_week,
    cast(customer_orders_totals_as_of.spend as bigint) as spend
from spine as s
left join customer_orders_latest
    on s.customer_id = customer_orders_latest.customer_id
    and s.as_of_us = customer_orders_latest.as_of_us
left join customer_orders_totals_as_of
    on s.customer_id = customer_orders_totals_as_of.customer_id
    and s.as_of_us = customer_orders_totals_as_of.as_of_us
left join customer_orders_last_rows
    on s.customer_id = customer_orders_last_rows.customer_id
    and s.as_of_us = customer_orders_last_rows.as_of_us
order by s.spine_row
