with now_rows as (
    select * from (
        select customer_id, order_id, amount from read_csv('/project/data/orders.csv') as orders
        where customer_id is not null
    ) as state
),
open_versions as (
    select there.*
    from main.orders_checked as there
    where there.valid_to is null
),
new_versions as (
    select
        now_rows.customer_id,
        now_rows.order_id,
        now_rows.amount,
        make_timestamp(1769904000000000) as valid_from,
        cast(null as timestamp) as valid_to,
        false as is_deleted
    from now_rows
    left join open_versions as o
        on now_rows.customer_id = o.customer_id and now_rows.order_id = o.order_id
    where o.valid_from is null
        or o.is_deleted
        or now_rows.amount is distinct from o.amount
),
ended_versions as (
    select
        o.customer_id,
        o.order_id,
        o.amount,
        o.valid_from,
        n.valid_from as valid_to,
        o.is_deleted
    from open_versions as o
    join new_versions as n
        on o.customer_id = n.customer_id and o.order_id = n.order_id
    where o.valid_from < n.valid_from
),
gone_versions as (
    select
        o.customer_id,
        o.order_id,
        o.amount,
        o.valid_from,
        case when o.valid_from > make_timestamp(1769904000000000) then o.valid_from else make_timestamp(1769904000000000) end as valid_to,
        o.is_deleted
    from open_versions as o
    left join now_rows
        on o.customer_id = now_rows.customer_id and o.order_id = now_rows.order_id
    where now_rows.customer_id is null and not o.is_deleted and o.valid_from < make_timestamp(1769904000000000)
),
deletions as (
    select
        o.customer_id,
        o.order_id,
        o.amount,
        case when o.valid_from > make_timestamp(1769904000000000) then o.valid_from else make_timestamp(1769904000000000) end as valid_from,
        cast(null as timestamp) as valid_to,
        true as is_deleted
    from open_versions as o
    left join now_rows
        on o.customer_id = now_rows.customer_id and o.order_id = now_rows.order_id
    where now_rows.customer_id is null and not o.is_deleted
)
select * from new_versions
union all
select * from ended_versions
union all
select * from gone_versions
union all
select * from deletions
