/*---
kind: feature_view
entity: airport
timestamp: observed_at
delay: 1h                       # the row of 14:00 holds what was measured until 14:51, and is out by 15:00
ttl: 3h                         # older weather is no weather: better NULL than yesterday's
windows: {last_6h: 6h, last_24h: 24h}
online: true
description: The last weather reported at an airport, and where it is going.
columns:
  temperature_f: {description: Fahrenheit; NULL when there is no report of the last 3 hours., tests: [{not_stale: 7d}]}
  pressure_change_6h: {description: Millibars; falling means worse to come.}
  lowest_visibility_6h: {description: Miles., tests: [{range: {min: 0, max: 10}}]}
  rain_24h: {description: Inches of rain or melted snow., tests: [{range: {min: 0}}]}
---*/
select
    airport,
    observed_at,
    temperature_f,
    wind_speed_kt,
    visibility_mi,
    temperature_f <= 32 and precipitation_in > 0          as is_icy,
    pressure_mb - first(pressure_mb) over last_6h         as pressure_change_6h,
    min(visibility_mi)    over last_6h                    as lowest_visibility_6h,
    max(wind_speed_kt)    over last_24h                   as strongest_wind_24h,
    round(sum(precipitation_in) over last_24h, 2)         as rain_24h
from {{ ref('stg_weather') }}
