/*---
kind: feature_view
entity: route
timestamp: first_departure_at
available_at: known_at          # a day counts when its last flight is in, or known not to come
windows:
  last_7d: 7d
  week_before: {range: 7d, offset: 7d}
  last_28d: 28d
online: true
description: How late and how often cancelled a route has been, day by day.
columns:
  route_flights_28d: {tests: [{range: {min: 0}}]}
  route_late_share_28d: {tests: [{range: {min: 0, max: 1}}]}
  route_lost_share_28d: {description: Share of flights that were cancelled or diverted., tests: [{range: {min: 0, max: 1}}]}
  route_late_share_change: {description: Late share of the last 7 days less that of the 7 days before.}
  route_bad_days_28d: {description: Days of 28 on which every other flight was late.}
---*/
select
    origin,
    dest,
    first_departure_at,
    sum(scheduled_flights) over last_28d                                  as route_flights_28d,
    {{ mean_over('late_flights', 'arrived_flights', 'last_28d') }}        as route_late_share_28d,
    1 - {{ mean_over('arrived_flights', 'scheduled_flights', 'last_28d') }} as route_lost_share_28d,
    {{ mean_over('late_flights', 'arrived_flights', 'last_7d') }}
        - {{ mean_over('late_flights', 'arrived_flights', 'week_before') }} as route_late_share_change,
    count(*) filter (where late_flights * 2 >= scheduled_flights) over last_28d as route_bad_days_28d
from {{ ref('route_days') }}
