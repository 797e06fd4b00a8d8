/*---
kind: feature_view
entity: departure_hour
timestamp: first_departure_at
available_at: known_at
windows:
  last_14d: 14d
  since_last_month: {calendar: month, back: 1, timezone: America/New_York}
online: true
description: What usually becomes of flights that leave an airport at this hour of the day.
columns:
  hour_late_share_14d: {tests: [{range: {min: 0, max: 1}}]}
  hour_late_share_month: {description: This month and the last., tests: [{range: {min: 0, max: 1}}]}
  hour_typical_late_14d: {description: Late flights of the median day.}
---*/
select
    airport,
    scheduled_hour,
    first_departure_at,
    {{ mean_over('late_flights', 'arrived_flights', 'last_14d') }}         as hour_late_share_14d,
    {{ mean_over('delay_minutes', 'arrived_flights', 'last_14d') }}        as hour_delay_14d,
    {{ mean_over('late_flights', 'arrived_flights', 'since_last_month') }} as hour_late_share_month,
    median(late_flights) over last_14d                                     as hour_typical_late_14d
from {{ ref('hour_days') }}
