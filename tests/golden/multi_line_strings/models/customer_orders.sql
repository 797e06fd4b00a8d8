/*---
kind: feature_view
entity: customer
timestamp: ordered_at
windows: {last_30d: 30d}
---*/
/* the orders that count;
     indented as the author likes it */
with noted as (
    select
        *, -- it's everything
        'first line
  second line -- not a comment
third line' as note,
        $$dollars
    and 'quotes'$$ as price
    from {{ source('shop', 'orders') }}
)

select
    customer_id,
    ordered_at,
    -- the note itself
    note as last_note,
    price || '
    ' || merchant as last_price, /* two
                                    lines */
    count(*) filter (
        where note <> 'a
b' -- always
    ) over last_30d as noted_30d
from noted -- of those
where status = 'ok'
  -- the end
