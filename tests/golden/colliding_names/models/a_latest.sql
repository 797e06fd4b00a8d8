/*---
kind: feature_view
entity: customer
timestamp: ordered_at
windows: {w: 30d}
---*/
select
    customer_id,
    ordered_at,
    merchant as known_us,
    max(amount) over w as recency
from {{ source('shop', 'orders') }}
where status = 'ok'
