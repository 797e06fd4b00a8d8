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

compared as (
    select
        *,
        amount / max(amount) over (partition by merchant) as ratio
    from good
)

select
    customer_id,
    ordered_at,
    amount as last_amount,
    ratio as last_ratio,
    avg(ratio) over last_30d as mean_ratio_30d
from compared
where amount > 0
