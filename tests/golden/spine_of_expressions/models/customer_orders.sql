/*---
kind: feature_view
entity: customer
timestamp: ordered_at
---*/
select
    customer_id,
    ordered_at,
    amount as last_amount
from {{ source('shop', 'orders') }}
where status = 'ok'
