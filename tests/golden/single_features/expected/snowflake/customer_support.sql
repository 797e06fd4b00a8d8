with customer_support_body as (
    -- the rows of `customer_support` as its model selects them
    select
        customer_id,
        date_part(epoch_microsecond, date_trunc('microsecond', opened_at)) as event_us,
        topic,
        opened_at
    from shop.tickets as tickets
),
customer_support_rows as (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        topic,
        opened_at
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
        match_condition (a.as_of_us > r.known_us)
        on a.customer_id = r.customer_id
    where r.known_us is not null
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
customer_support_totals_as_of_running as (
    -- per row of `customer_support`: totals over its entity's rows up to its time
    select
        r.customer_id,
        r.event_us as moment_us,
        count(*) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as row_count
    from customer_support_rows as r
),
customer_support_totals_as_of_edges as (
    -- per ask: the moments at which its windows begin and end
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        a.as_of_us - 1 as moment_us
    from customer_support_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        a.as_of_us - 604800000001 as moment_us
    from customer_support_asks as a
),
customer_support_totals_as_of_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        e.customer_id,
        e.as_of_us,
        e.edge,
        r.row_count
    from customer_support_totals_as_of_edges as e
    asof join customer_support_totals_as_of_running as r
        match_condition (e.moment_us >= r.moment_us)
        on e.customer_id = r.customer_id
    where r.moment_us is not null
),
customer_support_totals_as_of_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.customer_id,
        r.as_of_us,
        coalesce(max(iff(r.edge = 0, r.row_count, null)), 0) - coalesce(max(iff(r.edge = 1, r.row_count, null)), 0) as row_count_last_7d
    from customer_support_totals_as_of_at_edges as r
    group by r.customer_id, r.as_of_us
),
customer_support_totals_as_of as (
    -- per ask: windows over the visible rows of `customer_support`
    select
        w.customer_id,
        w.as_of_us,
        w.row_count_last_7d as tickets_7d
    from customer_support_totals_as_of_parts as w
),
customer_support_windows as (
    -- per ask: windows over the visible rows of `customer_support`
    select
        a.customer_id,
        a.as_of_us,
        count(distinct r.topic) as topics
    from customer_support_asks as a
    inner join customer_support_rows as r
        on a.customer_id = r.customer_id
        and r.known_us < a.as_of_us
    group by a.customer_id, a.as_of_us
)
-- one row for each row of the body, with the features of the moment at which it became known
select
    r.customer_id,
    r.opened_at,
    customer_support_latest.topic as last_topic,
    cast(coalesce(customer_support_totals_as_of.tickets_7d, 0) as bigint) as tickets_7d,
    cast(coalesce(customer_support_windows.topics, 0) as bigint) as topics
from customer_support_rows as r
left join customer_support_latest
    on r.customer_id = customer_support_latest.customer_id
    and r.known_us + 1 = customer_support_latest.as_of_us
left join customer_support_totals_as_of
    on r.customer_id = customer_support_totals_as_of.customer_id
    and r.known_us + 1 = customer_support_totals_as_of.as_of_us
left join customer_support_windows
    on r.customer_id = customer_support_windows.customer_id
    and r.known_us + 1 = customer_support_windows.as_of_us
