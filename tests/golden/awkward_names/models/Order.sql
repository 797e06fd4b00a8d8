/*---
kind: training_set
timestamp: "when"
label: "group"
features:
  - {view: table, prefix: "A-"}
---*/
select
    "Größe",
    "select",
    "when",
    "group"
from {{ source("lager", "order") }}
