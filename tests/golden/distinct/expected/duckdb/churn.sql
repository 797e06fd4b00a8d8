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
        merchant,
        amount > 8 as merchants_of_last_2_where_input,
        amount
    from read_csv('/project/data/orders.csv') as orders
),
customer_orders_rows as materialized (
    -- those that become known to someone, with the microsecond when and their rank among their own
    select
        customer_id,
        event_us,
        event_us as known_us,
        merchant,
        merchants_of_last_2_where_input,
        amount,
        row_number() over (partition by customer_id order by event_us, merchant nulls first, amount nulls first) as row_order
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
customer_orders_last_rows_per_row as (
    -- per row of `customer_orders`, the last of its moment: the windows that end with it
    select
        r.customer_id,
        r.known_us,
        count(distinct r.merchant) over (partition by r.customer_id order by r.row_order rows between unbounded preceding and current row) as merchants,
        count(distinct r.merchant) filter (where r.merchants_of_last_2_where_input) over (partition by r.customer_id order by r.row_order rows between 1 preceding and current row) as merchants_of_last_2
    from customer_orders_rows as r
    qualify lead(r.event_us) over (partition by r.customer_id order by r.row_order) is distinct from r.event_us
),
customer_orders_last_rows as (
    -- per ask: windows that end with the latest visible row of `customer_orders`
    select
        a.customer_id,
        a.as_of_us,
        r.merchants,
        r.merchants_of_last_2
    from customer_orders_asks as a
    asof join customer_orders_last_rows_per_row as r
        on a.customer_id = r.customer_id and a.as_of_us > r.known_us
),
customer_orders_totals_heap as (
    -- the rows of `customer_orders`, and per ask the moments at which its windows begin and end
    select
        r.customer_id,
        null as as_of_us,
        null as edge,
        0 as turn,
        r.event_us as moment_us,
        r.merchant
    from customer_orders_rows as r
    union all
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        1 as turn,
        a.as_of_us - 1 as moment_us,
        null as merchant
    from customer_orders_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        1 as turn,
        -9223372036854775807 as moment_us,
        null as merchant
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
        count(h.merchant) filter (where h.turn = 0) over (rows between unbounded preceding and current row) as count_merchant
    from customer_orders_totals_sorted as h
),
customer_orders_totals_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        r.customer_id,
        r.as_of_us,
        r.edge,
        r.count_merchant
    from customer_orders_totals_running as r
    where r.turn = 1
),
customer_orders_totals_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.customer_id,
        r.as_of_us,
        coalesce(max(r.count_merchant) filter (where r.edge = 0), 0) - coalesce(max(r.count_merchant) filter (where r.edge = 1), 0) as count_merchant_lifetime
    from customer_orders_totals_at_edges as r
    group by r.customer_id, r.as_of_us
),
customer_orders_totals as (
    -- per ask: windows over the visible rows of `customer_orders`
    select
        w.customer_id,
        w.as_of_us,
        w.count_merchant_lifetime as named
    from customer_orders_totals_parts as w
)
-- the spine's rows, each once, with their features
select
    s.customer_id,
    s.decided_at,
    s.churned,
    coalesce(customer_orders_last_rows.merchants, 0) as merchants,
    coalesce(customer_orders_last_rows.merchants_of_last_2, 0) as merchants_of_last_2,
    coalesce(customer_orders_totals.named, 0) as named
from spine as s
left join customer_orders_last_rows
    on s.customer_id = customer_orders_last_rows.customer_id
    and s.as_of_us = customer_orders_last_rows.as_of_us
left join customer_orders_totals
    on s.customer_id = customer_orders_totals.customer_id
    and s.as_of_us = customer_orders_totals.as_of_us
order by s.spine_row
