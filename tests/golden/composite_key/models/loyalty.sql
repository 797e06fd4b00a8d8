/*---
kind: feature_view
entities: [customer, merchant]
timestamp: visited_at
windows: {last_30d: 30d}
online: true
---*/
select
    country,
    customer_no,
    merchant_id,
    visited_at,
    spent as last_spent,
    count(*) over last_30d as visits_30d
from {{ source('shop', 'visits') }}
