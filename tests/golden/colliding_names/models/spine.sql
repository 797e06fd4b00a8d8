/*---
kind: feature_view
entity: customer
timestamp: ordered_at
windows: {w: {calendar: month}}
---*/
select
    customer_id,
    ordered_at,
    merchant as spine_merchant,
    count(*) over w as w_start_us
from {{ source('shop', 'orders') }}
where status = 'ok'
