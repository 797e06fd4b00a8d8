with spine_query as (
    -- the rows that ask, as the model selects them
    select
        customer_id,
        decided_at,
        churned,
        1 as as_of_us,
        2 as spine_row
    from read_csv('/project/data/decisions.csv') as decisions
),
spine as materialized (
    -- the rows that ask, numbered, with `decided_at` in microseconds of UTC
    select
        q.*,
        row_number() over () as spine_row_2,
        epoch_us(q.decided_at) as as_of_us_2
    from spine_query as q
),
a2_body as (
    -- the rows of `a` as its model selects them
    select
        customer_id,
        epoch_us(ordered_at) as event_us,
        amount
    from read_csv('/project/data/orders.csv') as orders
    where status = 'ok'
),
a2_rows as materialized (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        amount
    from a2_body
    where customer_id is not null
        and event_us is not null
),
a2_asks as (
    -- the distinct keys and times at which the spine asks `a`
    select distinct
        s.customer_id,
        s.as_of_us_2 as as_of_us
    from spine as s
    where s.customer_id is not null
        and s.as_of_us_2 is not null
),
a2_latest_moment as (
    -- per ask: when its latest visible row happened
    select
        a.customer_id,
        a.as_of_us,
        r.event_us
    from a2_asks as a
    asof join a2_rows as r
        on a.customer_id = r.customer_id and a.as_of_us > r.known_us
),
a2_latest as (
    -- per ask: the latest visible row of `a`
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.amount
    from a2_latest_moment as a
    inner join a2_rows as r
        on a.customer_id = r.customer_id
        and a.event_us = r.event_us
    qualify row_number() over (partition by a.customer_id, a.as_of_us order by r.amount desc nulls last) = 1
),
a2_totals_heap as (
    -- the rows of `a`, and per ask the moments at which its windows begin and end
    select
        r.customer_id,
        null as as_of_us,
        null as edge,
        0 as turn,
        r.event_us as moment_us,
        r.amount
    from a2_rows as r
    union all
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        1 as turn,
        a.as_of_us - 1 as moment_us,
        null as amount
    from a2_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        1 as turn,
        a.as_of_us - 2592000000001 as moment_us,
        null as amount
    from a2_asks as a
),
a2_totals_sorted as (
    -- the same by entity and time; at one moment the rows come first
    select
        h.*
    from a2_totals_heap as h
    order by h.customer_id, h.moment_us, h.turn
),
a2_totals_running as (
    -- per row and edge: totals over all rows before it
    select
        h.customer_id,
        h.as_of_us,
        h.edge,
        h.turn,
        sum(h.amount) filter (where h.turn = 0) over (rows between unbounded preceding and current row) as sum_amount,
        count(h.amount) filter (where h.turn = 0) over (rows between unbounded preceding and current row) as count_amount,
        count(*) filter (where h.turn = 0) over (rows between unbounded preceding and current row) as row_count
    from a2_totals_sorted as h
),
a2_totals_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        r.customer_id,
        r.as_of_us,
        r.edge,
        r.sum_amount,
        r.count_amount,
        r.row_count
    from a2_totals_running as r
    where r.turn = 1
),
a2_totals_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.customer_id,
        r.as_of_us,
        coalesce(max(r.sum_amount) filter (where r.edge = 0), 0) - coalesce(max(r.sum_amount) filter (where r.edge = 1), 0) as sum_amount_w,
        coalesce(max(r.count_amount) filter (where r.edge = 0), 0) - coalesce(max(r.count_amount) filter (where r.edge = 1), 0) as count_amount_w,
        coalesce(max(r.row_count) filter (where r.edge = 0), 0) - coalesce(max(r.row_count) filter (where r.edge = 1), 0) as row_count_w
    from a2_totals_at_edges as r
    group by r.customer_id, r.as_of_us
),
a2_totals as (
    -- per ask: windows over the visible rows of `a`
    select
        w.customer_id,
        w.as_of_us,
        cast(case when w.count_amount_w > 0 then w.sum_amount_w end as bigint) as spend,
        w.row_count_w as row_order_2
    from a2_totals_parts as w
),
a_latest_body as (
    -- the rows of `a_latest` as its model selects them
    select
        customer_id,
        epoch_us(ordered_at) as event_us,
        merchant,
        amount
    from read_csv('/project/data/orders.csv') as orders
    where status = 'ok'
),
a_latest_rows as materialized (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        merchant,
        amount
    from a_latest_body
    where customer_id is not null
        and event_us is not null
),
a_latest_asks as (
    -- the distinct keys and times at which the spine asks `a_latest`
    select distinct
        s.customer_id,
        s.as_of_us_2 as as_of_us
    from spine as s
    where s.customer_id is not null
        and s.as_of_us_2 is not null
),
a_latest_latest_moment as (
    -- per ask: when its latest visible row happened
    select
        a.customer_id,
        a.as_of_us,
        r.event_us
    from a_latest_asks as a
    asof join a_latest_rows as r
        on a.customer_id = r.customer_id and a.as_of_us > r.known_us
),
a_latest_latest as (
    -- per ask: the latest visible row of `a_latest`
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.merchant
    from a_latest_latest_moment as a
    inner join a_latest_rows as r
        on a.customer_id = r.customer_id
        and a.event_us = r.event_us
    qualify row_number() over (partition by a.customer_id, a.as_of_us order by r.merchant desc nulls last, r.amount desc nulls last) = 1
),
a_latest_frames_heap as (
    -- the rows of `a_latest` and the asks, by time
    select
        r.customer_id,
        r.event_us + 1 as moment_us,
        true as is_row,
        r.amount
    from a_latest_rows as r
    union all
    select
        a.customer_id,
        a.as_of_us as moment_us,
        false as is_row,
        null as amount
    from a_latest_asks as a
),
a_latest_frames_framed as (
    -- per row and ask: the rows of each frame, aggregated
    select
        h.customer_id,
        h.moment_us as as_of_us,
        h.is_row,
        max(h.amount) over (partition by h.customer_id order by h.moment_us range between case when h.is_row then 0 else 2591999999999 end preceding and current row) as recency_2
    from a_latest_frames_heap as h
),
a_latest_frames as (
    -- per ask: windows over the visible rows of `a_latest`
    select
        r.customer_id,
        r.as_of_us,
        r.recency_2
    from a_latest_frames_framed as r
    where r.is_row = false
),
spine2_body as (
    -- the rows of `spine` as its model selects them
    select
        customer_id,
        epoch_us(ordered_at) as event_us,
        merchant
    from read_csv('/project/data/orders.csv') as orders
    where status = 'ok'
),
spine2_rows as materialized (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        merchant
    from spine2_body
    where customer_id is not null
        and event_us is not null
),
spine2_asks as (
    -- the distinct keys and times at which the spine asks `spine`
    select distinct
        s.customer_id,
        s.as_of_us_2 as as_of_us,
        epoch_us(cast(date_trunc('month', make_timestamp(s.as_of_us_2)) as timestamp)) as w_start_us
    from spine as s
    where s.customer_id is not null
        and s.as_of_us_2 is not null
),
spine2_latest_moment as (
    -- per ask: when its latest visible row happened
    select
        a.customer_id,
        a.as_of_us,
        r.event_us
    from spine2_asks as a
    asof join spine2_rows as r
        on a.customer_id = r.customer_id and a.as_of_us > r.known_us
),
spine2_latest as (
    -- per ask: the latest visible row of `spine`
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.merchant
    from spine2_latest_moment as a
    inner join spine2_rows as r
        on a.customer_id = r.customer_id
        and a.event_us = r.event_us
    qualify row_number() over (partition by a.customer_id, a.as_of_us order by r.merchant desc nulls last) = 1
),
spine2_totals_heap as (
    -- the rows of `spine`, and per ask the moments at which its windows begin and end
    select
        r.customer_id,
        null as as_of_us,
        null as edge,
        0 as turn,
        r.event_us as moment_us
    from spine2_rows as r
    union all
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        1 as turn,
        a.as_of_us - 1 as moment_us
    from spine2_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        1 as turn,
        least(a.w_start_us - 1, a.as_of_us - 1) as moment_us
    from spine2_asks as a
),
spine2_totals_sorted as (
    -- the same by entity and time; at one moment the rows come first
    select
        h.*
    from spine2_totals_heap as h
    order by h.customer_id, h.moment_us, h.turn
),
spine2_totals_running as (
    -- per row and edge: totals over all rows before it
    select
        h.customer_id,
        h.as_of_us,
        h.edge,
        h.turn,
        count(*) filter (where h.turn = 0) over (rows between unbounded preceding and current row) as row_count
    from spine2_totals_sorted as h
),
spine2_totals_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        r.customer_id,
        r.as_of_us,
        r.edge,
        r.row_count
    from spine2_totals_running as r
    where r.turn = 1
),
spine2_totals_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.customer_id,
        r.as_of_us,
        coalesce(max(r.row_count) filter (where r.edge = 0), 0) - coalesce(max(r.row_count) filter (where r.edge = 1), 0) as row_count_w
    from spine2_totals_at_edges as r
    group by r.customer_id, r.as_of_us
),
spine2_totals as (
    -- per ask: windows over the visible rows of `spine`
    select
        w.customer_id,
        w.as_of_us,
        w.row_count_w as w_start_us
    from spine2_totals_parts as w
)
-- the spine's rows, each once, with their features
select
    s.customer_id,
    s.decided_at,
    s.churned,
    s.as_of_us,
    s.spine_row,
    a2_latest.amount as event_us,
    a2_totals.spend,
    coalesce(a2_totals.row_order_2, 0) as row_order,
    a_latest_latest.merchant as known_us,
    a_latest_frames.recency_2 as recency,
    spine2_latest.merchant as spine_merchant,
    coalesce(spine2_totals.w_start_us, 0) as w_start_us
from spine as s
left join a2_latest
    on s.customer_id = a2_latest.customer_id
    and s.as_of_us_2 = a2_latest.as_of_us
left join a2_totals
    on s.customer_id = a2_totals.customer_id
    and s.as_of_us_2 = a2_totals.as_of_us
left join a_latest_latest
    on s.customer_id = a_latest_latest.customer_id
    and s.as_of_us_2 = a_latest_latest.as_of_us
left join a_latest_frames
    on s.customer_id = a_latest_frames.customer_id
    and s.as_of_us_2 = a_latest_frames.as_of_us
left join spine2_latest
    on s.customer_id = spine2_latest.customer_id
    and s.as_of_us_2 = spine2_latest.as_of_us
left join spine2_totals
    on s.customer_id = spine2_totals.customer_id
    and s.as_of_us_2 = spine2_totals.as_of_us
order by s.spine_row_2
