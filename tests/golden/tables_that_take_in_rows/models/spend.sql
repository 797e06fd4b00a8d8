/*---
kind: feature_view
entity: customer
timestamp: ordered_at
available_at: loaded_at
windows: {last_7d: 7d}
backfill: {every: 1d, from: 2026-01-28}
---*/
select customer_id, ordered_at, loaded_at, amount as last_amount, count(*) over last_7d as orders_7d
from {{ source('shop', 'orders') }}
