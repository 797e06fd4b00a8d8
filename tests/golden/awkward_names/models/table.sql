/*---
kind: feature_view
entity: user
timestamp: "from"
windows: {last_7d: 7d}
online: true
---*/
select
    "Größe",
    "select",
    "from",
    "say ""hi""" as "order",
    sum("a.b") over last_7d as "Summe; drop table x --",
    count(*) over last_7d as "über"
from {{ source('lager', 'stock') }}
