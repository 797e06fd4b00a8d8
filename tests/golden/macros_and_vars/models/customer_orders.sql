/*---
kind: feature_view
entity: customer
timestamp: ordered_at
windows: {last_30d: 30d}
---*/
{% set statuses = var('statuses') -%}
select
    customer_id,
    ordered_at,
    {{ cents('amount') }} as last_cents,
    {%- for status in statuses %}
    count(*) filter (where status = '{{ status }}') over last_30d as {{ status }}_30d{{ "," if not loop.last }}
    {%- endfor %}
from {{ recent(source('shop', 'orders')) }} as o
