/*---
kind: feature_view
entity: customer
timestamp: ordered_at
closed: left
ttl: 8d
windows: {last_8d: 8d}
---*/
select
    customer_id,
    ordered_at,
    merchant as merchant_left,
    count(*) over last_8d as orders_left
from {{ source('shop', 'orders') }}
where status = 'ok'
