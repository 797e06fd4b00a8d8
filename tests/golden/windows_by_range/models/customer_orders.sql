/*---
kind: feature_view
entity: customer
timestamp: ordered_at
windows: {last_7d: 7d, last_30d: 30d, last_12h: 12h}
---*/
select
    customer_id,
    ordered_at,
    sum(amount) over last_7d as spend_7d,
    count(*) over last_30d as orders_30d,
    max(amount) over last_12h as largest_12h
from {{ source('shop', 'orders') }}
where status = 'ok'
