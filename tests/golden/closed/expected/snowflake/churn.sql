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
orders_left_body as (
    -- the rows of `orders_left` as its model selects them
    select
        customer_id,
        date_part(epoch_microsecond, date_trunc('microsecond', ordered_at)) as event_us,
        merchant
    from shop.orders as orders
    where status = 'ok'
),
orders_left_rows as (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        merchant
    from orders_left_body
    where customer_id is not null
        and event_us is not null
),
orders_left_asks as (
    -- the distinct keys and times at which the spine asks `orders_left`
    select distinct
        s.customer_id,
        s.as_of_us
    from spine as s
    where s.customer_id is not null
        and s.as_of_us is not null
),
orders_left_latest_moment as (
    -- per ask: when its latest visible row happened, where ttl lets it live
    select
        a.customer_id,
        a.as_of_us,
        r.event_us
    from orders_left_asks as a
    asof join orders_left_rows as r
        match_condition (a.as_of_us > r.known_us)
        on a.customer_id = r.customer_id
    where r.known_us is not null
        and r.event_us >= a.as_of_us - 691200000000
),
orders_left_latest as (
    -- per ask: the latest visible row of `orders_left`, where ttl lets it live
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.merchant
    from orders_left_latest_moment as a
    inner join orders_left_rows as r
        on a.customer_id = r.customer_id
        and a.event_us = r.event_us
    qualify row_number() over (partition by a.customer_id, a.as_of_us order by r.merchant desc nulls last) = 1
),
orders_left_totals_as_of_running as (
    -- per row of `orders_left`: totals over its entity's rows up to its time
    select
        r.customer_id,
        r.event_us as moment_us,
        count(*) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as row_count
    from orders_left_rows as r
),
orders_left_totals_as_of_edges as (
    -- per ask: the moments at which its windows begin and end
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        a.as_of_us - 1 as moment_us
    from orders_left_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        a.as_of_us - 691200000001 as moment_us
    from orders_left_asks as a
),
orders_left_totals_as_of_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        e.customer_id,
        e.as_of_us,
        e.edge,
        r.row_count
    from orders_left_totals_as_of_edges as e
    asof join orders_left_totals_as_of_running as r
        match_condition (e.moment_us >= r.moment_us)
        on e.customer_id = r.customer_id
    where r.moment_us is not null
),
orders_left_totals_as_of_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.customer_id,
        r.as_of_us,
        coalesce(max(iff(r.edge = 0, r.row_count, null)), 0) - coalesce(max(iff(r.edge = 1, r.row_count, null)), 0) as row_count_last_8d
    from orders_left_totals_as_of_at_edges as r
    group by r.customer_id, r.as_of_us
),
orders_left_totals_as_of as (
    -- per ask: windows over the visible rows of `orders_left`
    select
        w.customer_id,
        w.as_of_us,
        w.row_count_last_8d as orders_left
    from orders_left_totals_as_of_parts as w
),
orders_right_body as (
    -- the rows of `orders_right` as its model selects them
    select
        customer_id,
        date_part(epoch_microsecond, date_trunc('microsecond', ordered_at)) as event_us,
        merchant
    from shop.orders as orders
    where status = 'ok'
),
orders_right_rows as (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        merchant
    from orders_right_body
    where customer_id is not null
        and event_us is not null
),
orders_right_asks as (
    -- the distinct keys and times at which the spine asks `orders_right`
    select distinct
        s.customer_id,
        s.as_of_us
    from spine as s
    where s.customer_id is not null
        and s.as_of_us is not null
),
orders_right_latest_moment as (
    -- per ask: when its latest visible row happened, where ttl lets it live
    select
        a.customer_id,
        a.as_of_us,
        r.event_us
    from orders_right_asks as a
    asof join orders_right_rows as r
        match_condition (a.as_of_us >= r.known_us)
        on a.customer_id = r.customer_id
    where r.known_us is not null
        and r.event_us > a.as_of_us - 691200000000
),
orders_right_latest as (
    -- per ask: the latest visible row of `orders_right`, where ttl lets it live
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.merchant
    from orders_right_latest_moment as a
    inner join orders_right_rows as r
        on a.customer_id = r.customer_id
        and a.event_us = r.event_us
    qualify row_number() over (partition by a.customer_id, a.as_of_us order by r.merchant desc nulls last) = 1
),
orders_right_totals_as_of_running as (
    -- per row of `orders_right`: totals over its entity's rows up to its time
    select
        r.customer_id,
        r.event_us as moment_us,
        count(*) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as row_count
    from orders_right_rows as r
),
orders_right_totals_as_of_edges as (
    -- per ask: the moments at which its windows begin and end
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        a.as_of_us as moment_us
    from orders_right_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        a.as_of_us - 691200000000 as moment_us
    from orders_right_asks as a
),
orders_right_totals_as_of_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        e.customer_id,
        e.as_of_us,
        e.edge,
        r.row_count
    from orders_right_totals_as_of_edges as e
    asof join orders_right_totals_as_of_running as r
        match_condition (e.moment_us >= r.moment_us)
        on e.customer_id = r.customer_id
    where r.moment_us is not null
),
orders_right_totals_as_of_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.customer_id,
        r.as_of_us,
        coalesce(max(iff(r.edge = 0, r.row_count, null)), 0) - coalesce(max(iff(r.edge = 1, r.row_count, null)), 0) as row_count_last_8d
    from orders_right_totals_as_of_at_edges as r
    group by r.customer_id, r.as_of_us
),
orders_right_totals_as_of as (
    -- per ask: windows over the visible rows of `orders_right`
    select
        w.customer_id,
        w.as_of_us,
        w.row_count_last_8d as orders_right
    from orders_right_totals_as_of_parts as w
),
orders_both_body as (
    -- the rows of `orders_both` as its model selects them
    select
        customer_id,
        date_part(epoch_microsecond, date_trunc('microsecond', ordered_at)) as event_us,
        merchant
    from shop.orders as orders
    where status = 'ok'
),
orders_both_rows as (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        merchant
    from orders_both_body
    where customer_id is not null
        and event_us is not null
),
orders_both_asks as (
    -- the distinct keys and times at which the spine asks `orders_both`
    select distinct
        s.customer_id,
        s.as_of_us
    from spine as s
    where s.customer_id is not null
        and s.as_of_us is not null
),
orders_both_latest_moment as (
    -- per ask: when its latest visible row happened, where ttl lets it live
    select
        a.customer_id,
        a.as_of_us,
        r.event_us
    from orders_both_asks as a
    asof join orders_both_rows as r
        match_condition (a.as_of_us >= r.known_us)
        on a.customer_id = r.customer_id
    where r.known_us is not null
        and r.event_us >= a.as_of_us - 691200000000
),
orders_both_latest as (
    -- per ask: the latest visible row of `orders_both`, where ttl lets it live
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.merchant
    from orders_both_latest_moment as a
    inner join orders_both_rows as r
        on a.customer_id = r.customer_id
        and a.event_us = r.event_us
    qualify row_number() over (partition by a.customer_id, a.as_of_us order by r.merchant desc nulls last) = 1
),
orders_both_totals_as_of_running as (
    -- per row of `orders_both`: totals over its entity's rows up to its time
    select
        r.customer_id,
        r.event_us as moment_us,
        count(*) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as row_count
    from orders_both_rows as r
),
orders_both_totals_as_of_edges as (
    -- per ask: the moments at which its windows begin and end
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        a.as_of_us as moment_us
    from orders_both_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        a.as_of_us - 691200000001 as moment_us
    from orders_both_asks as a
),
orders_both_totals_as_of_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        e.customer_id,
        e.as_of_us,
        e.edge,
        r.row_count
    from orders_both_totals_as_of_edges as e
    asof join orders_both_totals_as_of_running as r
        match_condition (e.moment_us >= r.moment_us)
        on e.customer_id = r.customer_id
    where r.moment_us is not null
),
orders_both_totals_as_of_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.customer_id,
        r.as_of_us,
        coalesce(max(iff(r.edge = 0, r.row_count, null)), 0) - coalesce(max(iff(r.edge = 1, r.row_count, null)), 0) as row_count_last_8d
    from orders_both_totals_as_of_at_edges as r
    group by r.customer_id, r.as_of_us
),
orders_both_totals_as_of as (
    -- per ask: windows over the visible rows of `orders_both`
    select
        w.customer_id,
        w.as_of_us,
        w.row_count_last_8d as orders_both
    from orders_both_totals_as_of_parts as w
),
orders_neither_body as (
    -- the rows of `orders_neither` as its model selects them
    select
        customer_id,
        date_part(epoch_microsecond, date_trunc('microsecond', ordered_at)) as event_us,
        merchant
    from shop.orders as orders
    where status = 'ok'
),
orders_neither_rows as (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        merchant
    from orders_neither_body
    where customer_id is not null
        and event_us is not null
),
orders_neither_asks as (
    -- the distinct keys and times at which the spine asks `orders_neither`
    select distinct
        s.customer_id,
        s.as_of_us
    from spine as s
    where s.customer_id is not null
        and s.as_of_us is not null
),
orders_neither_latest_moment as (
    -- per ask: when its latest visible row happened, where ttl lets it live
    select
        a.customer_id,
        a.as_of_us,
        r.event_us
    from orders_neither_asks as a
    asof join orders_neither_rows as r
        match_condition (a.as_of_us > r.known_us)
        on a.customer_id = r.customer_id
    where r.known_us is not null
        and r.event_us > a.as_of_us - 691200000000
),
orders_neither_latest as (
    -- per ask: the latest visible row of `orders_neither`, where ttl lets it live
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.merchant
    from orders_neither_latest_moment as a
    inner join orders_neither_rows as r
        on a.customer_id = r.customer_id
        and a.event_us = r.event_us
    qualify row_number() over (partition by a.customer_id, a.as_of_us order by r.merchant desc nulls last) = 1
),
orders_neither_totals_as_of_running as (
    -- per row of `orders_neither`: totals over its entity's rows up to its time
    select
        r.customer_id,
        r.event_us as moment_us,
        count(*) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as row_count
    from orders_neither_rows as r
),
orders_neither_totals_as_of_edges as (
    -- per ask: the moments at which its windows begin and end
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        a.as_of_us - 1 as moment_us
    from orders_neither_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        a.as_of_us - 691200000000 as moment_us
    from orders_neither_asks as a
),
orders_neither_totals_as_of_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        e.customer_id,
        e.as_of_us,
        e.edge,
        r.row_count
    from orders_neither_totals_as_of_edges as e
    asof join orders_neither_totals_as_of_running as r
        match_condition (e.moment_us >= r.moment_us)
        on e.customer_id = r.customer_id
    where r.moment_us is not null
),
orders_neither_totals_as_of_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.customer_id,
        r.as_of_us,
        coalesce(max(iff(r.edge = 0, r.row_count, null)), 0) - coalesce(max(iff(r.edge = 1, r.row_count, null)), 0) as row_count_last_8d
    from orders_neither_totals_as_of_at_edges as r
    group by r.customer_id, r.as_of_us
),
orders_neither_totals_as_of as (
    -- per ask: windows over the visible rows of `orders_neither`
    select
        w.customer_id,
        w.as_of_us,
        w.row_count_last_8d as orders_neither
    from orders_neither_totals_as_of_parts as w
)
-- the spine's rows, each once, with their features
select
    s.customer_id,
    s.decided_at,
    s.churned,
    orders_left_latest.merchant as merchant_left,
    cast(coalesce(orders_left_totals_as_of.orders_left, 0) as bigint) as orders_left,
    orders_right_latest.merchant as merchant_right,
    cast(coalesce(orders_right_totals_as_of.orders_right, 0) as bigint) as orders_right,
    orders_both_latest.merchant as merchant_both,
    cast(coalesce(orders_both_totals_as_of.orders_both, 0) as bigint) as orders_both,
    orders_neither_latest.merchant as merchant_neither,
    cast(coalesce(orders_neither_totals_as_of.orders_neither, 0) as bigint) as orders_neither
from spine as s
left join orders_left_latest
    on s.customer_id = orders_left_latest.customer_id
    and s.as_of_us = orders_left_latest.as_of_us
left join orders_left_totals_as_of
    on s.customer_id = orders_left_totals_as_of.customer_id
    and s.as_of_us = orders_left_totals_as_of.as_of_us
left join orders_right_latest
    on s.customer_id = orders_right_latest.customer_id
    and s.as_of_us = orders_right_latest.as_of_us
left join orders_right_totals_as_of
    on s.customer_id = orders_right_totals_as_of.customer_id
    and s.as_of_us = orders_right_totals_as_of.as_of_us
left join orders_both_latest
    on s.customer_id = orders_both_latest.customer_id
    and s.as_of_us = orders_both_latest.as_of_us
left join orders_both_totals_as_of
    on s.customer_id = orders_both_totals_as_of.customer_id
    and s.as_of_us = orders_both_totals_as_of.as_of_us
left join orders_neither_latest
    on s.customer_id = orders_neither_latest.customer_id
    and s.as_of_us = orders_neither_latest.as_of_us
left join orders_neither_totals_as_of
    on s.customer_id = orders_neither_totals_as_of.customer_id
    and s.as_of_us = orders_neither_totals_as_of.as_of_us
order by s.spine_row
