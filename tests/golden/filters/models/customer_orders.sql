/*---
kind: feature_view
entity: customer
timestamp: ordered_at
windows: {last_30d: 30d}
---*/
select
    customer_id,
    ordered_at,
    count(*) filter (where status = 'cancelled') over last_30d as cancelled_30d,
    sum(amount) filter (where amount > 8 or merchant = 'books') over last_30d as notable_30d,
    max(ordered_at) filter (where status = 'ok') over last_30d as last_ok_at
from {{ source('shop', 'orders') }}
