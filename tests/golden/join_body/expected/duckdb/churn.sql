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
        o.customer_id as customer_id,
        epoch_us(o.ordered_at) as event_us,
        m.category as category,
        o.amount * m.margin as profit_30d_input,
        o.amount as amount,
        m.margin as margin
    from read_csv('/project/data/orders.csv') as o
    left join read_csv('/project/data/merchants.csv') as m
        on m.merchant = o.merchant
    where o.status = 'ok'
),
customer_orders_rows as materialized (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        category,
        profit_30d_input,
        amount,
        margin
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
        r.category
    from customer_orders_latest_moment as a
    inner join customer_orders_rows as r
        on a.customer_id = r.customer_id
        and a.event_us = r.event_us
    qualify row_number() over (partition by a.customer_id, a.as_of_us order by r.category desc nulls last, r.amount desc nulls last, r.margin desc nulls last) = 1
),
customer_orders_totals_heap as (
    -- the rows of `customer_orders`, and per ask the moments at which its windows begin and end
    select
        r.customer_id,
        null as as_of_us,
        null as edge,
        0 as turn,
        r.event_us as moment_us,
        r.profit_30d_input
    from customer_orders_rows as r
    union all
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        1 as turn,
        a.as_of_us - 1 as moment_us,
        null as profit_30d_input
    from customer_orders_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        1 as turn,
        a.as_of_us - 2592000000001 as moment_us,
        null as profit_30d_input
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
        sum(h.profit_30d_input) filter (where h.turn = 0) over (rows between unbounded preceding and current row) as sum_profit_30d_input,
        count(h.profit_30d_input) filter (where h.turn = 0) over (rows between unbounded preceding and current row) as count_profit_30d_input
    from customer_orders_totals_sorted as h
),
customer_orders_totals_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        r.customer_id,
        r.as_of_us,
        r.edge,
        r.sum_profit_30d_input,
        r.count_profit_30d_input
    from customer_orders_totals_running as r
    where r.turn = 1
),
customer_orders_totals_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.customer_id,
        r.as_of_us,
        coalesce(max(r.sum_profit_30d_input) filter (where r.edge = 0), 0) - coalesce(max(r.sum_profit_30d_input) filter (where r.edge = 1), 0) as sum_profit_30d_input_last_30d,
        coalesce(max(r.count_profit_30d_input) filter (where r.edge = 0), 0) - coalesce(max(r.count_profit_30d_input) filter (where r.edge = 1), 0) as count_profit_30d_input_last_30d
    from customer_orders_totals_at_edges as r
    group by r.customer_id, r.as_of_us
),
customer_orders_totals as (
    -- per ask: windows over the visible rows of `customer_orders`
    select
        w.customer_id,
        w.as_of_us,
        cast(case when w.count_profit_30d_input_last_30d > 0 then w.sum_profit_30d_input_last_30d end as bigint) as profit_30d
    from customer_orders_totals_parts as w
)
-- the spine's rows, each once, with their features
select
    s.customer_id,
    s.decided_at,
    s.churned,
    customer_orders_latest.category as last_category,
    customer_orders_totals.profit_30d
from spine as s
left join customer_orders_latest
    on s.customer_id = customer_orders_latest.customer_id
    and s.as_of_us = customer_orders_latest.as_of_us
left join customer_orders_totals
    on s.customer_id = customer_orders_totals.customer_id
    and s.as_of_us = customer_orders_totals.as_of_us
order by s.spine_row
