/*---
kind: feature_view
entity: customer
timestamp: ordered_at
---*/
select
    customer_id,
    ordered_at,
    amount as last_amount,
    merchant as last_merchant
from {{ source('shop', 'orders') }}
where status = 'ok'
