/*---
kind: feature_view
entity: customer
timestamp: ordered_at
windows: {last_30d: 30d}
---*/
select
    o.customer_id,
    o.ordered_at,
    m.category as last_category,
    sum(o.amount * m.margin) over last_30d as profit_30d
from {{ source('shop', 'orders') }} as o
left join {{ source('shop', 'merchants') }} as m
    on m.merchant = o.merchant
where o.status = 'ok'
