with spine_query as (
    -- the rows that ask, as the model selects them
    select
        *
    from shop.offers as offers
),
spine as (
    -- the rows that ask, numbered, with `offered_at` in microseconds of UTC
    select
        q.*,
        row_number() over (order by null) as spine_row,
        date_part(epoch_microsecond, date_trunc('microsecond', q.offered_at)) as as_of_us
    from spine_query as q
),
loyalty_body as (
    -- the rows of `loyalty` as its model selects them
    select
        country,
        customer_no,
        merchant_id,
        date_part(epoch_microsecond, date_trunc('microsecond', visited_at)) as event_us,
        spent
    from shop.visits as visits
),
loyalty_rows as (
    -- those that become known to someone, with the microsecond when
    select
        country,
        customer_no,
        merchant_id,
        event_us,
        event_us as known_us,
        spent
    from loyalty_body
    where country is not null
        and customer_no is not null
        and merchant_id is not null
        and event_us is not null
),
loyalty_asks as (
    -- the distinct keys and times at which the spine asks `loyalty`
    select distinct
        s.country,
        s.customer_no,
        s.merchant_id,
        s.as_of_us
    from spine as s
    where s.country is not null
        and s.customer_no is not null
        and s.merchant_id is not null
        and s.as_of_us is not null
),
loyalty_latest_moment as (
    -- per ask: when its latest visible row happened
    select
        a.country,
        a.customer_no,
        a.merchant_id,
        a.as_of_us,
        r.event_us
    from loyalty_asks as a
    asof join loyalty_rows as r
        match_condition (a.as_of_us > r.known_us)
        on a.country = r.country and a.customer_no = r.customer_no and a.merchant_id = r.merchant_id
    where r.known_us is not null
),
loyalty_latest as (
    -- per ask: the latest visible row of `loyalty`
    select
        a.country,
        a.customer_no,
        a.merchant_id,
        a.as_of_us,
        r.event_us,
        r.spent
    from loyalty_latest_moment as a
    inner join loyalty_rows as r
        on a.country = r.country
        and a.customer_no = r.customer_no
        and a.merchant_id = r.merchant_id
        and a.event_us = r.event_us
    qualify row_number() over (partition by a.country, a.customer_no, a.merchant_id, a.as_of_us order by r.spent desc nulls last) = 1
),
loyalty_totals_as_of_running as (
    -- per row of `loyalty`: totals over its entity's rows up to its time
    select
        r.country,
        r.customer_no,
        r.merchant_id,
        r.event_us as moment_us,
        count(*) over (partition by r.country, r.customer_no, r.merchant_id order by r.event_us range between unbounded preceding and current row) as row_count
    from loyalty_rows as r
),
loyalty_totals_as_of_edges as (
    -- per ask: the moments at which its windows begin and end
    select
        a.country,
        a.customer_no,
        a.merchant_id,
        a.as_of_us,
        0 as edge,
        a.as_of_us - 1 as moment_us
    from loyalty_asks as a
    union all
    select
        a.country,
        a.customer_no,
        a.merchant_id,
        a.as_of_us,
        1 as edge,
        a.as_of_us - 2592000000001 as moment_us
    from loyalty_asks as a
),
loyalty_totals_as_of_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        e.country,
        e.customer_no,
        e.merchant_id,
        e.as_of_us,
        e.edge,
        r.row_count
    from loyalty_totals_as_of_edges as e
    asof join loyalty_totals_as_of_running as r
        match_condition (e.moment_us >= r.moment_us)
        on e.country = r.country and e.customer_no = r.customer_no and e.merchant_id = r.merchant_id
    where r.moment_us is not null
),
loyalty_totals_as_of_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.country,
        r.customer_no,
        r.merchant_id,
        r.as_of_us,
        coalesce(max(iff(r.edge = 0, r.row_count, null)), 0) - coalesce(max(iff(r.edge = 1, r.row_count, null)), 0) as row_count_last_30d
    from loyalty_totals_as_of_at_edges as r
    group by r.country, r.customer_no, r.merchant_id, r.as_of_us
),
loyalty_totals_as_of as (
    -- per ask: windows over the visible rows of `loyalty`
    select
        w.country,
        w.customer_no,
        w.merchant_id,
        w.as_of_us,
        w.row_count_last_30d as visits_30d
    from loyalty_totals_as_of_parts as w
)
-- the spine's rows, each once, with their features
select
    s.country,
    s.customer_no,
    s.merchant_id,
    s.offered_at,
    s.taken,
    loyalty_latest.spent as last_spent,
    cast(coalesce(loyalty_totals_as_of.visits_30d, 0) as bigint) as visits_30d
from spine as s
left join loyalty_latest
    on s.country = loyalty_latest.country
    and s.customer_no = loyalty_latest.customer_no
    and s.merchant_id = loyalty_latest.merchant_id
    and s.as_of_us = loyalty_latest.as_of_us
left join loyalty_totals_as_of
    on s.country = loyalty_totals_as_of.country
    and s.customer_no = loyalty_totals_as_of.customer_no
    and s.merchant_id = loyalty_totals_as_of.merchant_id
    and s.as_of_us = loyalty_totals_as_of.as_of_us
order by s.spine_row
