/*---
kind: snapshot
strategy: timestamp
unique_key: order_id
updated_at: loaded_at
hard_deletes: invalidate
---*/
select order_id, amount, loaded_at from {{ source('shop', 'orders') }}
