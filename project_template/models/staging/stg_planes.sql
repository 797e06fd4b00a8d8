/*---
description: >-
  Airliners of the register. Some airlines report fleet numbers instead of tail numbers, and a few of these happen to be
  someone's four-seater: the smallest airliner here has 20 seats.
owner: flight-operations
columns:
  tailnum: {tests: [unique, not_null]}
  seats: {tests: [{range: {min: 20, max: 500}}]}
---*/
select tailnum, built_year, seats
from {{ source('nyc', 'planes') }}
where seats >= 20
