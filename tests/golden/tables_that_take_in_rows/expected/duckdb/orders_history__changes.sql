with now_rows as (
    select * from (
        select order_id, amount, loaded_at from read_csv('/project/data/orders.csv') as orders
    ) as state
),
open_versions as (
    select there.*
    from main.orders_history as there
    where there.valid_to is null
),
ends as (
    select there.order_id, max(there.valid_to) as ended_at
    from main.orders_history as there
    group by there.order_id
),
new_versions as (
    select
        now_rows.order_id,
        now_rows.amount,
        now_rows.loaded_at,
        case
            when coalesce(o.valid_from, e.ended_at) is null then coalesce(make_timestamp(epoch_us(now_rows.loaded_at)), make_timestamp(1769904000000000))
            when make_timestamp(epoch_us(now_rows.loaded_at)) >= coalesce(o.valid_from, e.ended_at) then make_timestamp(epoch_us(now_rows.loaded_at))
            when make_timestamp(1769904000000000) >= coalesce(o.valid_from, e.ended_at) then make_timestamp(1769904000000000)
            else coalesce(o.valid_from, e.ended_at)
        end as valid_from,
        cast(null as timestamp) as valid_to
    from now_rows
    left join open_versions as o
        on now_rows.order_id = o.order_id
    left join ends as e
        on now_rows.order_id = e.order_id
    where o.valid_from is null
        or make_timestamp(epoch_us(now_rows.loaded_at)) > make_timestamp(epoch_us(o.loaded_at)) or (make_timestamp(epoch_us(o.loaded_at)) is null and make_timestamp(epoch_us(now_rows.loaded_at)) is not null)
),
ended_versions as (
    select
        o.order_id,
        o.amount,
        o.loaded_at,
        o.valid_from,
        n.valid_from as valid_to
    from open_versions as o
    join new_versions as n
        on o.order_id = n.order_id
    where o.valid_from < n.valid_from
),
gone_versions as (
    select
        o.order_id,
        o.amount,
        o.loaded_at,
        o.valid_from,
        case when o.valid_from > make_timestamp(1769904000000000) then o.valid_from else make_timestamp(1769904000000000) end as valid_to
    from open_versions as o
    left join now_rows
        on o.order_id = now_rows.order_id
    where now_rows.order_id is null
)
select * from new_versions
union all
select * from ended_versions
union all
select * from gone_versions
