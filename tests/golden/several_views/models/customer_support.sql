/*---
kind: feature_view
entity: customer
timestamp: opened_at
windows: {last_7d: 7d, lifetime: all}
---*/
select
    customer_id,
    opened_at,
    topic as last_topic,
    count(*) over last_7d as tickets_7d,
    count(distinct topic) over lifetime as topics
from {{ source('shop', 'tickets') }}
