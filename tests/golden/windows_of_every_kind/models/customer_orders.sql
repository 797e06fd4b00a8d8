/*---
kind: feature_view
entity: customer
timestamp: ordered_at
windows:
  last_7d: 7d
  week_before: {range: 7d, offset: 7d}
  last_2: {rows: 2}
  this_week: {calendar: week}
  lifetime: all
online: true
---*/
select
    customer_id,
    ordered_at,
    amount as last_amount,
    sum(amount) over last_7d as spend_7d,
    sum(amount) over week_before as spend_week_before,
    sum(amount) over last_2 as spend_of_last_2,
    sum(amount) over this_week as spend_this_week,
    sum(amount) over lifetime as spend
from {{ source('shop', 'orders') }}
where status = 'ok'
