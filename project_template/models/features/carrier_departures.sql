/*---
kind: feature_view
entity: carrier
timestamp: known_hour
delay: 1h
windows:
  yesterday: {calendar: day, back: 1, timezone: America/New_York}
  last_7d: 7d
  week_before: {range: 7d, offset: 7d}
online: true
description: How a carrier's departures have gone. Cancellations count from the time at which they are certain.
columns:
  departures_7d: {tests: [{range: {min: 0}}]}
  hour_late_share_7d: {description: Share of departures an hour or more late., tests: [{range: {min: 0, max: 1}}]}
---*/
select
    carrier,
    known_hour,
    sum(departed_flights) over last_7d                                              as departures_7d,
    sum(cancelled_flights) over last_7d                                             as cancellations_7d,
    {{ mean_over('hour_late_flights', 'departed_flights', 'last_7d') }}             as hour_late_share_7d,
    {{ mean_over('hour_late_flights', 'departed_flights', 'yesterday') }}           as hour_late_share_yesterday,
    {{ mean_over('departure_delay_minutes', 'departed_flights', 'yesterday') }}     as departure_delay_yesterday,
    {{ mean_over('hour_late_flights', 'departed_flights', 'last_7d') }}
        - {{ mean_over('hour_late_flights', 'departed_flights', 'week_before') }}   as hour_late_share_change
from {{ ref('departure_hours') }}
