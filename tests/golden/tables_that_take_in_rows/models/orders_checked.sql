/*---
kind: snapshot
strategy: check
unique_key: [customer_id, order_id]
check_columns: all
hard_deletes: new_record
---*/
select customer_id, order_id, amount from {{ source('shop', 'orders') }}
where customer_id is not null
