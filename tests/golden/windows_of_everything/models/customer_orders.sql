/*---
kind: feature_view
entity: customer
timestamp: ordered_at
windows: {lifetime: all}
---*/
select
    customer_id,
    ordered_at,
    count(*) over lifetime as orders,
    min(ordered_at) over lifetime as first_order_at,
    avg(amount) over lifetime as mean_amount
from {{ source('shop', 'orders') }}
where status = 'ok'
