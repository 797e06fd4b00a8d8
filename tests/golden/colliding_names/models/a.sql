/*---
kind: feature_view
entity: customer
timestamp: ordered_at
windows: {w: 30d}
---*/
select
    customer_id,
    ordered_at,
    amount as event_us,
    sum(amount) over w as spend,
    count(*) over w as row_order
from {{ source('shop', 'orders') }}
where status = 'ok'
