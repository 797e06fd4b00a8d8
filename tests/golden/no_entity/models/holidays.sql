/*---
kind: feature_view
timestamp: ordered_at
windows: {last_7d: 7d}
online: true
---*/
select
    ordered_at,
    merchant as last_merchant,
    count(*) over last_7d as orders_of_all_7d
from {{ source('shop', 'orders') }}
