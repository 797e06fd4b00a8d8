/*---
kind: feature_view
entity: customer
timestamp: ordered_at
windows:
  today: {calendar: day, timezone: Europe/Paris}
  two_days: {calendar: day, back: 1, timezone: Europe/Paris}
  this_month: {calendar: month}
  last_quarter: {calendar: quarter, back: 1}
---*/
select
    customer_id,
    ordered_at,
    count(*) over today as orders_today,
    count(*) over two_days as orders_two_days,
    sum(amount) over this_month as spend_this_month,
    count(*) over last_quarter as orders_since_last_quarter
from {{ source('shop', 'orders') }}
