/*---
kind: feature_view
entity: customer
timestamp: ordered_at
tie_break: [priority, order_id]
windows: {lifetime: all}
online: true
---*/
select
    customer_id,
    ordered_at,
    amount as last_amount,
    last(merchant) over lifetime as last_merchant,
    first(merchant) over lifetime as first_merchant
from {{ source('shop', 'orders') }}
