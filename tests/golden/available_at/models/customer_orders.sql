/*---
kind: feature_view
entity: customer
timestamp: ordered_at
available_at: loaded_at
windows: {last_30d: 30d}
online: true
---*/
select
    customer_id,
    ordered_at,
    amount as last_amount,
    count(*) over last_30d as orders_30d
from {{ source('shop', 'orders') }}
where status = 'ok'
