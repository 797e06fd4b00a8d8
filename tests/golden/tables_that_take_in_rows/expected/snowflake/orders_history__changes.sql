with now_rows as (
    select * from (
        select order_id, amount, loaded_at from shop.orders as orders
    ) as state
),
open_versions as (
    select there.*
    from warehouse.features.orders_history as there
    where there.valid_to is null
),
ends as (
    select there.order_id, max(there.valid_to) as ended_at
    from warehouse.features.orders_history as there
    group by there.order_id
),
new_versions as (
    select
        now_rows.order_id,
        now_rows.amount,
        now_rows.loaded_at,
        case
            when coalesce(o.valid_from, e.ended_at) is null then coalesce(to_timestamp_ntz(date_part(epoch_microsecond, date_trunc('microsecond', now_rows.loaded_at)), 6), to_timestamp_ntz(1769904000000000, 6))
            when to_timestamp_ntz(date_part(epoch_microsecond, date_trunc('microsecond', now_rows.loaded_at)), 6) >= coalesce(o.valid_from, e.ended_at) then to_timestamp_ntz(date_part(epoch_microsecond, date_trunc('microsecond', now_rows.loaded_at)), 6)
            when to_timestamp_ntz(1769904000000000, 6) >= coalesce(o.valid_from, e.ended_at) then to_timestamp_ntz(1769904000000000, 6)
            else coalesce(o.valid_from, e.ended_at)
        end as valid_from,
        cast(null as timestamp_ntz) as valid_to
    from now_rows
    left join open_versions as o
        on now_rows.order_id = o.order_id
    left join ends as e
        on now_rows.order_id = e.order_id
    where o.valid_from is null
        or to_timestamp_ntz(date_part(epoch_microsecond, date_trunc('microsecond', now_rows.loaded_at)), 6) > to_timestamp_ntz(date_part(epoch_microsecond, date_trunc('microsecond', o.loaded_at)), 6) or (to_timestamp_ntz(date_part(epoch_microsecond, date_trunc('microsecond', o.loaded_at)), 6) is null and to_timestamp_ntz(date_part(epoch_microsecond, date_trunc('microsecond', now_rows.loaded_at)), 6) is not null)
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
        case when o.valid_from > to_timestamp_ntz(1769904000000000, 6) then o.valid_from else to_timestamp_ntz(1769904000000000, 6) end as valid_to
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
