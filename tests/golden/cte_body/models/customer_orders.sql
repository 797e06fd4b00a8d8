/*---
kind: feature_view
entity: customer
timestamp: ordered_at
windows: {last_30d: 30d}
---*/
with good as (
    select *
    from {{ source('shop', 'orders') }}
    where status = 'ok'
),

counted as (
    select
        *,
        row_number() over (partition by customer_id order by ordered_at) as nth
    from good
)

select
    customer_id,
    ordered_at,
    amount as last_amount,
    nth as last_nth,
    max(nth) over last_30d as most_30d
from counted
where amount > 0
