"""Names as they are shown: one line, in the order it was written.

A name is set by its owner and stands beside others' words. Controls and directional overrides in it would
break the line or turn round what follows it (UAX #9), so they are taken out here, once, for every client.
Markup is text like any other; pages escape it.
"""

import re

# C0, DEL and C1; line and paragraph separators; embeddings, overrides and isolates with their ends. The plain
# marks LRM and RLM stay: names in two scripts need them.
_NOT_SHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def display_name(text: str, otherwise: str = "") -> str:
    """`text` without what cannot be shown; `otherwise` if nothing is left."""
    shown = _NOT_SHOWN.sub(" ", text).strip()
    return shown or otherwise
