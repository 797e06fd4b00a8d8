with spine_query as (
    -- the rows that ask, as the model selects them
    select
        customer_id,
        decided_at,
        churned,
        1 as as_of_us,
        2 as spine_row
    from shop.decisions as decisions
),
spine as (
    -- the rows that ask, numbered, with `decided_at` in microseconds of UTC
    select
        q.*,
        row_number() over (order by null) as spine_row_2,
        date_part(epoch_microsecond, date_trunc('microsecond', q.decided_at)) as as_of_us_2
    from spine_query as q
),
a2_body as (
    -- the rows of `a` as its model selects them
    select
        customer_id,
        date_part(epoch_microsecond, date_trunc('microsecond', ordered_at)) as event_us,
        amount
    from shop.orders as orders
    where status = 'ok'
),
a2_rows as (
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
        match_condition (a.as_of_us > r.known_us)
        on a.customer_id = r.customer_id
    where r.known_us is not null
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
a2_totals_as_of_running as (
    -- per row of `a`: totals over its entity's rows up to its time
    select
        r.customer_id,
        r.event_us as moment_us,
        sum(r.amount) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as sum_amount,
        count(r.amount) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as count_amount,
        count(*) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as row_count
    from a2_rows as r
),
a2_totals_as_of_edges as (
    -- per ask: the moments at which its windows begin and end
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        a.as_of_us - 1 as moment_us
    from a2_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        a.as_of_us - 2592000000001 as moment_us
    from a2_asks as a
),
a2_totals_as_of_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        e.customer_id,
        e.as_of_us,
        e.edge,
        r.sum_amount,
        r.count_amount,
        r.row_count
    from a2_totals_as_of_edges as e
    asof join a2_totals_as_of_running as r
        match_condition (e.moment_us >= r.moment_us)
        on e.customer_id = r.customer_id
    where r.moment_us is not null
),
a2_totals_as_of_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.customer_id,
        r.as_of_us,
        coalesce(max(iff(r.edge = 0, r.sum_amount, null)), 0) - coalesce(max(iff(r.edge = 1, r.sum_amount, null)), 0) as sum_amount_w,
        coalesce(max(iff(r.edge = 0, r.count_amount, null)), 0) - coalesce(max(iff(r.edge = 1, r.count_amount, null)), 0) as count_amount_w,
        coalesce(max(iff(r.edge = 0, r.row_count, null)), 0) - coalesce(max(iff(r.edge = 1, r.row_count, null)), 0) as row_count_w
    from a2_totals_as_of_at_edges as r
    group by r.customer_id, r.as_of_us
),
a2_totals_as_of as (
    -- per ask: windows over the visible rows of `a`
    select
        w.customer_id,
        w.as_of_us,
        cast(case when w.count_amount_w > 0 then w.sum_amount_w end as bigint) as spend,
        w.row_count_w as row_order_2
    from a2_totals_as_of_parts as w
),
a_latest_body as (
    -- the rows of `a_latest` as its model selects them
    select
        customer_id,
        date_part(epoch_microsecond, date_trunc('microsecond', ordered_at)) as event_us,
        merchant,
        amount
    from shop.orders as orders
    where status = 'ok'
),
a_latest_rows as (
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
        match_condition (a.as_of_us > r.known_us)
        on a.customer_id = r.customer_id
    where r.known_us is not null
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
        max(h.amount) over (partition by h.customer_id order by h.moment_us range between 2591999999999 preceding and current row) as recency_2
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
        date_part(epoch_microsecond, date_trunc('microsecond', ordered_at)) as event_us,
        merchant
    from shop.orders as orders
    where status = 'ok'
),
spine2_rows as (
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
        date_part(epoch_microsecond, date_trunc('month', to_timestamp_ntz(s.as_of_us_2, 6))) as w_start_us
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
        match_condition (a.as_of_us > r.known_us)
        on a.customer_id = r.customer_id
    where r.known_us is not null
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
spine2_totals_as_of_running as (
    -- per row of `spine`: totals over its entity's rows up to its time
    select
        r.customer_id,
        r.event_us as moment_us,
        count(*) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as row_count
    from spine2_rows as r
),
spine2_totals_as_of_edges as (
    -- per ask: the moments at which its windows begin and end
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        a.as_of_us - 1 as moment_us
    from spine2_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        least(a.w_start_us - 1, a.as_of_us - 1) as moment_us
    from spine2_asks as a
),
spine2_totals_as_of_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        e.customer_id,
        e.as_of_us,
        e.edge,
        r.row_count
    from spine2_totals_as_of_edges as e
    asof join spine2_totals_as_of_running as r
        match_condition (e.moment_us >= r.moment_us)
        on e.customer_id = r.customer_id
    where r.moment_us is not null
),
spine2_totals_as_of_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.customer_id,
        r.as_of_us,
        coalesce(max(iff(r.edge = 0, r.row_count, null)), 0) - coalesce(max(iff(r.edge = 1, r.row_count, null)), 0) as row_count_w
    from spine2_totals_as_of_at_edges as r
    group by r.customer_id, r.as_of_us
),
spine2_totals_as_of as (
    -- per ask: windows over the visible rows of `spine`
    select
        w.customer_id,
        w.as_of_us,
        w.row_count_w as w_start_us
    from spine2_totals_as_of_parts as w
)
-- the spine's rows, each once, with their features
select
    s.customer_id,
    s.decided_at,
    s.churned,
    s.as_of_us,
    s.spine_row,
    a2_latest.amount as event_us,
    cast(a2_totals_as_of.spend as bigint) as spend,
    cast(coalesce(a2_totals_as_of.row_order_2, 0) as bigint) as row_order,
    a_latest_latest.merchant as known_us,
    cast(a_latest_frames.recency_2 as bigint) as recency,
    spine2_latest.merchant as spine_merchant,
    cast(coalesce(spine2_totals_as_of.w_start_us, 0) as bigint) as w_start_us
from spine as s
left join a2_latest
    on s.customer_id = a2_latest.customer_id
    and s.as_of_us_2 = a2_latest.as_of_us
left join a2_totals_as_of
    on s.customer_id = a2_totals_as_of.customer_id
    and s.as_of_us_2 = a2_totals_as_of.as_of_us
left join a_latest_latest
    on s.customer_id = a_latest_latest.customer_id
    and s.as_of_us_2 = a_latest_latest.as_of_us
left join a_latest_frames
    on s.customer_id = a_latest_frames.customer_id
    and s.as_of_us_2 = a_latest_frames.as_of_us
left join spine2_latest
    on s.customer_id = spine2_latest.customer_id
    and s.as_of_us_2 = spine2_latest.as_of_us
left join spine2_totals_as_of
    on s.customer_id = spine2_totals_as_of.customer_id
    and s.as_of_us_2 = spine2_totals_as_of.as_of_us
order by s.spine_row_2
