/*---
kind: feature_view
entity: customer
timestamp: ordered_at
windows: {last_7d: 7d, last_30d: 30d}
---*/
select
    customer_id,
    ordered_at,
    sum(amount) over last_7d / nullif(sum(amount) over last_30d, 0) as spend_trend,
    amount > 2 * avg(amount) over last_30d as is_large,
    coalesce(amount, 0) as last_amount,
    case
        when count(*) over last_7d > 1 then 'often'
        when merchant = 'books' then 'reader'
        else 'seldom'
    end as habit,
    true as has_ordered,
    sum(amount * 2 + 1) over last_30d as doubled
from {{ source('shop', 'orders') }}
where status = 'ok'
