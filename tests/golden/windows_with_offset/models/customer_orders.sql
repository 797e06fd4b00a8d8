/*---
kind: feature_view
entity: customer
timestamp: ordered_at
windows:
  this_week: 7d
  week_before: {range: 7d, offset: 7d}
---*/
select
    customer_id,
    ordered_at,
    count(*) over this_week as orders_this_week,
    count(*) over week_before as orders_week_before,
    sum(amount) over week_before as spend_week_before
from {{ source('shop', 'orders') }}
where status = 'ok'
