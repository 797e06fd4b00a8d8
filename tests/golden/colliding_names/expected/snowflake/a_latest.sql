with a_latest_body as (
    -- the rows of `a_latest` as its model selects them
    select
        customer_id,
        date_part(epoch_microsecond, date_trunc('microsecond', ordered_at)) as event_us,
        merchant,
        amount,
        ordered_at
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
        amount,
        ordered_at
    from a_latest_body
    where customer_id is not null
        and event_us is not null
),
a_latest_asks as (
    -- every key, at each first instant at which a row of its is visible
    select distinct
        r.customer_id,
        r.known_us + 1 as as_of_us
    from a_latest_rows as r
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
)
-- one row for each row of the body, with the features of the moment at which it became known
select
    r.customer_id,
    r.ordered_at,
    a_latest_latest.merchant as known_us,
    cast(a_latest_frames.recency_2 as bigint) as recency
from a_latest_rows as r
left join a_latest_latest
    on r.customer_id = a_latest_latest.customer_id
    and r.known_us + 1 = a_latest_latest.as_of_us
left join a_latest_frames
    on r.customer_id = a_latest_frames.customer_id
    and r.known_us + 1 = a_latest_frames.as_of_us
