/*---
kind: feature_view
entity: customer
timestamp: ordered_at
windows: {lifetime: all}
online: true
---*/
select
    customer_id,
    ordered_at,
    date_diff('hour', max(ordered_at) over lifetime, as_of_time) as hours_since_order,
    date_diff('day', ordered_at, as_of_time) as age_in_days,
    count(*) filter (where ordered_at > as_of_time - interval 3 day) over lifetime as orders_3d,
    as_of_time as asked_at
from {{ source('shop', 'orders') }}
where status = 'ok'
