/*---
kind: feature_view
entity: customer
timestamp: ordered_at
delay: 16h
windows: {last_7d: 7d}
---*/
select
    customer_id,
    ordered_at,
    amount as last_amount,
    count(*) over last_7d as orders_7d
from {{ source('shop', 'orders') }}
where status = 'ok'
