/*---
materialized: incremental
timestamp: day
interval: 1d
lookback: 1
---*/
select date_trunc('day', ordered_at) as day, count(*) as orders from {{ source('shop', 'orders') }} group by 1
