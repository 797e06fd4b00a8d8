/*---
kind: feature_view
entity: customer
timestamp: ordered_at
windows: {w: 30d}
---*/
select
    customer_id,
    ordered_at,
    count(amount) over w as amounts,
    sum(amount) over w as total,
    avg(amount) over w as mean,
    min(merchant) over w as least,
    max(ordered_at) over w as latest,
    stddev_samp(amount) over w as spread,
    stddev_pop(amount) over w as spread_pop,
    var_samp(amount) over w as variance,
    var_pop(amount) over w as variance_pop,
    median(amount) over w as middle,
    quantile_cont(amount, 0.9) over w as high,
    mode(merchant) over w as usual,
    bool_and(status = 'ok') over w as all_ok,
    bool_or(status = 'ok') over w as any_ok,
    first(merchant) over w as first_merchant,
    last(merchant) over w as last_merchant,
    arg_min(merchant, amount) over w as cheapest,
    arg_max(merchant, amount) over w as dearest,
    array_agg(amount) over w as amounts_in_order,
    approx_count_distinct(merchant) over w as about_merchants
from {{ source('shop', 'orders') }}
