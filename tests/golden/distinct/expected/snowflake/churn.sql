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
        merchant,
        amount > 8 as merchants_of_last_2_where_input,
        amount
    from shop.orders as orders
),
customer_orders_rows as (
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
customer_orders_windows as (
    -- per ask: windows over the visible rows of `customer_orders`
    select
        a.customer_id,
        a.as_of_us,
        count(distinct r.merchant) as merchants
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
        r.merchant,
        r.merchants_of_last_2_where_input,
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
        count(distinct iff(r.merchants_of_last_2_where_input, r.merchant, null)) as merchants_of_last_2
    from customer_orders_recent_rows as r
    group by r.customer_id, r.as_of_us
),
customer_orders_totals_as_of_running as (
    -- per row of `customer_orders`: totals over its entity's rows up to its time
    select
        r.customer_id,
        r.event_us as moment_us,
        count(r.merchant) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as count_merchant
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
),
customer_orders_totals_as_of_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        e.customer_id,
        e.as_of_us,
        e.edge,
        r.count_merchant
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
        coalesce(max(iff(r.edge = 0, r.count_merchant, null)), 0) as count_merchant_lifetime
    from customer_orders_totals_as_of_at_edges as r
    group by r.customer_id, r.as_of_us
),
customer_orders_totals_as_of as (
    -- per ask: windows over the visible rows of `customer_orders`
    select
        w.customer_id,
        w.as_of_us,
        w.count_merchant_lifetime as named
    from customer_orders_totals_as_of_parts as w
)
-- the spine's rows, each once, with their features
select
    s.customer_id,
    s.decided_at,
    s.churned,
    cast(coalesce(customer_orders_windows.merchants, 0) as bigint) as merchants,
    cast(coalesce(customer_orders_recent.merchants_of_last_2, 0) as bigint) as merchants_of_last_2,
    cast(coalesce(customer_orders_totals_as_of.named, 0) as bigint) as named
from spine as s
left join customer_orders_windows
    on s.customer_id = customer_orders_windows.customer_id
    and s.as_of_us = customer_orders_windows.as_of_us
left join customer_orders_recent
    on s.customer_id = customer_orders_recent.customer_id
    and s.as_of_us = customer_orders_recent.as_of_us
left join customer_orders_totals_as_of
    on s.customer_id = customer_orders_totals_as_of.customer_id
    and s.as_of_us = customer_orders_totals_as_of.as_of_us
order by s.spine_row
