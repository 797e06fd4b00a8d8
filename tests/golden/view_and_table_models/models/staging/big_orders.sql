/*---
kind: model
materialized: table
---*/
select *
from {{ ref('stg_orders') }}
where amount >= 10
