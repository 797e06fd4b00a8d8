/*---
kind: feature_view
entity: customer
timestamp: ordered_at
ttl: 20d
online: true
windows: {lifetime: all}
---*/
select
    customer_id,
    ordered_at,
    merchant as last_merchant,
    count(*) over lifetime as orders
from {{ source('shop', 'orders') }}
where status = 'ok'
