/*---
kind: training_set
timestamp: at
label: churned
features: [{view: customer_orders, on: {customer_id: who}}]
---*/
select
    d.customer_id as who,
    d.decided_at - interval 1 hour as at,
    count(*) over (partition by d.customer_id) as decisions,
    d.churned
from {{ source('shop', 'decisions') }} as d
order by d.decided_at desc nulls last, who nulls last
limit 4
