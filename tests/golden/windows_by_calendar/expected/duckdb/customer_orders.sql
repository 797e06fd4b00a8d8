with customer_orders_body as (
    -- the rows of `customer_orders` as its model selects them
    select
        customer_id,
        epoch_us(ordered_at) as event_us,
        amount,
        ordered_at
    from read_csv('/project/data/orders.csv') as orders
),
customer_orders_rows as materialized (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        amount,
        ordered_at
    from customer_orders_body
    where customer_id is not null
        and event_us is not null
),
customer_orders_asks as (
    -- every key, at each first instant at which a row of its is visible
    select distinct
        r.customer_id,
        r.known_us + 1 as as_of_us,
        epoch_us(cast(make_date((year(date_trunc('quarter', make_timestamp(r.known_us + 1))) * 12 + month(date_trunc('quarter', make_timestamp(r.known_us + 1))) - 1 - 3) // 12, (year(date_trunc('quarter', make_timestamp(r.known_us + 1))) * 12 + month(date_trunc('quarter', make_timestamp(r.known_us + 1))) - 1 - 3) % 12 + 1, 1) as timestamp)) as last_quarter_start_us,
        epoch_us(cast(date_trunc('month', make_timestamp(r.known_us + 1)) as timestamp)) as this_month_start_us,
        epoch_us(case when timezone('Europe/Paris', (timezone('Europe/Paris', cast(date_trunc('day', timezone('Europe/Paris', timezone('UTC', make_timestamp(r.known_us + 1)))) as timestamp)) - to_hours(1))) = timezone('Europe/Paris', timezone('Europe/Paris', cast(date_trunc('day', timezone('Europe/Paris', timezone('UTC', make_timestamp(r.known_us + 1)))) as timestamp))) then (timezone('Europe/Paris', cast(date_trunc('day', timezone('Europe/Paris', timezone('UTC', make_timestamp(r.known_us + 1)))) as timestamp)) - to_hours(1)) else timezone('Europe/Paris', cast(date_trunc('day', timezone('Europe/Paris', timezone('UTC', make_timestamp(r.known_us + 1)))) as timestamp)) end) as today_start_us,
        epoch_us(case when timezone('Europe/Paris', (timezone('Europe/Paris', cast((cast(date_trunc('day', timezone('Europe/Paris', timezone('UTC', make_timestamp(r.known_us + 1)))) as date) - 1) as timestamp)) - to_hours(1))) = timezone('Europe/Paris', timezone('Europe/Paris', cast((cast(date_trunc('day', timezone('Europe/Paris', timezone('UTC', make_timestamp(r.known_us + 1)))) as date) - 1) as timestamp))) then (timezone('Europe/Paris', cast((cast(date_trunc('day', timezone('Europe/Paris', timezone('UTC', make_timestamp(r.known_us + 1)))) as date) - 1) as timestamp)) - to_hours(1)) else timezone('Europe/Paris', cast((cast(date_trunc('day', timezone('Europe/Paris', timezone('UTC', make_timestamp(r.known_us + 1)))) as date) - 1) as timestamp)) end) as two_days_start_us
    from customer_orders_rows as r
),
customer_orders_totals_running as (
    -- per row of `customer_orders`: totals over its entity's rows up to its time
    select
        r.customer_id,
        r.event_us as moment_us,
        count(*) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as "rows",
        sum(r.amount) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as sum_amount,
        count(r.amount) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as count_amount
    from customer_orders_rows as r
),
customer_orders_totals_edges as (
    -- per ask: the moments at which its windows begin and end
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        a.as_of_us - 1 as moment_us
    from customer_orders_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        least(a.today_start_us - 1, a.as_of_us - 1) as moment_us
    from customer_orders_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        2 as edge,
        least(a.two_days_start_us - 1, a.as_of_us - 1) as moment_us
    from customer_orders_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        3 as edge,
        least(a.this_month_start_us - 1, a.as_of_us - 1) as moment_us
    from customer_orders_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        4 as edge,
        least(a.last_quarter_start_us - 1, a.as_of_us - 1) as moment_us
    from customer_orders_asks as a
),
customer_orders_totals_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        e.customer_id,
        e.as_of_us,
        e.edge,
        r."rows",
        r.sum_amount,
        r.count_amount
    from customer_orders_totals_edges as e
    asof join customer_orders_totals_running as r
        on e.customer_id = r.customer_id and e.moment_us >= r.moment_us
),
customer_orders_totals_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.customer_id,
        r.as_of_us,
        coalesce(max(r."rows") filter (where r.edge = 0), 0) - coalesce(max(r."rows") filter (where r.edge = 1), 0) as rows_today,
        coalesce(max(r."rows") filter (where r.edge = 0), 0) - coalesce(max(r."rows") filter (where r.edge = 2), 0) as rows_two_days,
        coalesce(max(r.sum_amount) filter (where r.edge = 0), 0) - coalesce(max(r.sum_amount) filter (where r.edge = 3), 0) as sum_amount_this_month,
        coalesce(max(r.count_amount) filter (where r.edge = 0), 0) - coalesce(max(r.count_amount) filter (where r.edge = 3), 0) as count_amount_this_month,
        coalesce(max(r."rows") filter (where r.edge = 0), 0) - coalesce(max(r."rows") filter (where r.edge = 4), 0) as rows_last_quarter
    from customer_orders_totals_at_edges as r
    group by r.customer_id, r.as_of_us
),
customer_orders_totals as (
    -- per ask: windows over the visible rows of `customer_orders`
    select
        w.customer_id,
        w.as_of_us,
        w.rows_today as orders_today,
        w.rows_two_days as orders_two_days,
        cast(case when w.count_amount_this_month > 0 then w.sum_amount_this_month end as bigint) as spend_this_month,
        w.rows_last_quarter as orders_since_last_quarter
    from customer_orders_totals_parts as w
)
-- one row for each row of the body, with the features of the moment at which it became known
select
    r.customer_id,
    r.ordered_at,
    coalesce(customer_orders_totals.orders_today, 0) as orders_today,
    coalesce(customer_orders_totals.orders_two_days, 0) as orders_two_days,
    customer_orders_totals.spend_this_month,
    coalesce(customer_orders_totals.orders_since_last_quarter, 0) as orders_since_last_quarter
from customer_orders_rows as r
left join customer_orders_totals
    on r.customer_id = customer_orders_totals.customer_id
    and r.known_us + 1 = customer_orders_totals.as_of_us
