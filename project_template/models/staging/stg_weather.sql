/*---
description: Hourly weather, without the wind that no airport has seen.
owner: flight-operations
tests:
  - unique_combination: [airport, observed_at]
columns:
  airport: {tests: [{accepted_values: {values: [EWR, JFK, LGA]}}]}
  wind_speed_kt: {tests: [{range: {min: 0, max: 150}}]}
---*/
select
    airport,
    observed_at,
    temperature_f,
    cast(case when wind_speed_kt <= 150 then wind_speed_kt end as integer) as wind_speed_kt,
    precipitation_in,
    pressure_mb,
    visibility_mi
from {{ source('nyc', 'weather') }}
