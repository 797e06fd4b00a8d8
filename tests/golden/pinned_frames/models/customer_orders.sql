/*---
kind: feature_view
entity: customer
timestamp: ordered_at
windows: {last_7d: 7d}
---*/
select
    customer_id,
    ordered_at,
    amount as last_amount,
    max(amount) over last_7d as largest_7d
from {{ source('shop', 'orders') }}
where status = 'ok'
