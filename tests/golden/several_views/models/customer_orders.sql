/*---
kind: feature_view
entity: customer
timestamp: ordered_at
windows: {last_30d: 30d}
---*/
select
    customer_id,
    ordered_at,
    amount as last_amount,
    sum(amount) over last_30d as spend_30d
from {{ source('shop', 'orders') }}
where status = 'ok'
