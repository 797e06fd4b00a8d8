/*---
kind: feature_view
entity: customer
timestamp: ordered_at
closed: neither
ttl: 8d
windows: {last_8d: 8d}
---*/
select
    customer_id,
    ordered_at,
    merchant as merchant_neither,
    count(*) over last_8d as orders_neither
from {{ source('shop', 'orders') }}
where status = 'ok'
