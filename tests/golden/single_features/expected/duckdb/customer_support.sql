with customer_support_body as (
    -- the rows of `customer_support` as its model selects them
    select
        customer_id,
        epoch_us(opened_at) as event_us,
        topic,
        opened_at
    from read_csv('/project/data/tickets.csv') as tickets
),
customer_support_rows as materialized (
    -- those that become known to someone, with the microsecond when and their rank among their own
    select
        customer_id,
        event_us,
        event_us as known_us,
        topic,
        opened_at,
        row_number() over (partition by customer_id order by event_us, topic nulls first) as row_order
    from customer_support_body
    where customer_id is not null
        and event_us is not null
),
customer_support_asks as (
    -- every key, at each first instant at which a row of its is visible
    select distinct
        r.customer_id,
        r.known_us + 1 as as_of_us
    from customer_support_rows as r
),
customer_support_latest_moment as (
    -- per ask: when its latest visible row happened
    select
        a.customer_id,
        a.as_of_us,
        r.event_us
    from customer_support_asks as a
    asof join customer_support_rows as r
        on a.customer_id = r.customer_id and a.as_of_us > r.known_us
),
customer_support_latest as (
    -- per ask: the latest visible row of `customer_support`
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.topic
    from customer_support_latest_moment as a
    inner join customer_support_rows as r
        on a.customer_id = r.customer_id
        and a.event_us = r.event_us
    qualify row_number() over (partition by a.customer_id, a.as_of_us order by r.topic desc nulls last) = 1
),
customer_support_totals_heap as (
    -- the rows of `customer_support`, and per ask the moments at which its windows begin and end
    select
        r.customer_id,
        null as as_of_us,
        null as edge,
        0 as turn,
        r.event_us as moment_us
    from customer_support_rows as r
    union all
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        1 as turn,
        a.as_of_us - 1 as moment_us
    from customer_support_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        1 as turn,
        a.as_of_us - 604800000001 as moment_us
    from customer_support_asks as a
),
customer_support_totals_sorted as (
    -- the same by entity and time; at one moment the rows come first
    select
        h.*
    from customer_support_totals_heap as h
    order by h.customer_id, h.moment_us, h.turn
),
customer_support_totals_running as (
    -- per row and edge: totals over all rows before it
    select
        h.customer_id,
        h.as_of_us,
        h.edge,
        h.turn,
        count(*) filter (where h.turn = 0) over (rows between unbounded preceding and current row) as row_count
    from customer_support_totals_sorted as h
),
customer_support_totals_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        r.customer_id,
        r.as_of_us,
        r.edge,
        r.row_count
    from customer_support_totals_running as r
    where r.turn = 1
),
customer_support_totals_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.customer_id,
        r.as_of_us,
        coalesce(max(r.row_count) filter (where r.edge = 0), 0) - coalesce(max(r.row_count) filter (where r.edge = 1), 0) as row_count_last_7d
    from customer_support_totals_at_edges as r
    group by r.customer_id, r.as_of_us
),
customer_support_totals as (
    -- per ask: windows over the visible rows of `customer_support`
    select
        w.customer_id,
        w.as_of_us,
        w.row_count_last_7d as tickets_7d
    from customer_support_totals_parts as w
),
customer_support_last_rows_per_row as (
    -- per row of `customer_support`, the last of its moment: the windows that end with it
    select
        r.customer_id,
        r.known_us,
        count(distinct r.topic) over (partition by r.customer_id order by r.row_order rows between unbounded preceding and current row) as topics
    from customer_support_rows as r
    qualify lead(r.event_us) over (partition by r.customer_id order by r.row_order) is distinct from r.event_us
),
customer_support_last_rows as (
    -- per ask: windows that end with the latest visible row of `customer_support`
    select
        a.customer_id,
        a.as_of_us,
        r.topics
    from customer_support_asks as a
    asof join customer_support_last_rows_per_row as r
        on a.customer_id = r.customer_id and a.as_of_us > r.known_us
)
-- one row for each row of the body, with the features of the moment at which it became known
select
    r.customer_id,
    r.opened_at,
    customer_support_latest.topic as last_topic,
    coalesce(customer_support_totals.tickets_7d, 0) as tickets_7d,
    coalesce(customer_support_last_rows.topics, 0) as topics
from customer_support_rows as r
left join customer_support_latest
    on r.customer_id = customer_support_latest.customer_id
    and r.known_us + 1 = customer_support_latest.as_of_us
left join customer_support_totals
    on r.customer_id = customer_support_totals.customer_id
    and r.known_us + 1 = customer_support_totals.as_of_us
left join customer_support_last_rows
    on r.customer_id = customer_support_last_rows.customer_id
    and r.known_us + 1 = customer_support_last_rows.as_of_us
