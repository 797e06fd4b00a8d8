/*---
materialized: incremental
unique_key: order_id
---*/
select order_id, amount, loaded_at from {{ source('shop', 'orders') }}
{% if is_incremental() %}
where loaded_at > (select max(loaded_at) from {{ this }})
{% endif %}
