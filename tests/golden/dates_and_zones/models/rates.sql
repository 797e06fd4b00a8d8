/*---
kind: feature_view
entity: currency
timestamp: day
available_at: published_at
windows: {this_month: {calendar: month, timezone: America/New_York}}
online: true
---*/
select
    currency,
    cast(day as date) as day,
    cast(published_at as timestamptz) as published_at,
    rate,
    min(rate) over this_month as lowest_this_month
from {{ source('raw', 'rates') }}
