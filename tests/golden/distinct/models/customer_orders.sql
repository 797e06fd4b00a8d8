/*---
kind: feature_view
entity: customer
timestamp: ordered_at
windows: {lifetime: all, last_2: {rows: 2}}
---*/
select
    customer_id,
    ordered_at,
    count(distinct merchant) over lifetime as merchants,
    count(distinct merchant) filter (where amount > 8) over last_2 as merchants_of_last_2,
    count(merchant) over lifetime as named
from {{ source('shop', 'orders') }}
