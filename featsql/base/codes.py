"""The closed list of error codes; each has a page in docs/errors/ and a project under tests/errors/ that shows it."""

from __future__ import annotations

from typing import Final

CODES: Final[dict[str, str]] = {
    # 0xx: the project, its settings and the command line
    "FS001": "no project here",
    "FS002": "a file cannot be read",
    "FS003": "featsql.yml is wrong",
    "FS004": "profiles.yml is missing or wrong",
    "FS005": "a profile or target does not exist",
    "FS006": "an environment variable is not set",
    "FS007": "a selector is wrong or selects nothing",
    "FS008": "an argument is wrong",
    "FS009": "not available in this version",
    # 1xx: headers and declarations
    "FS101": "not the YAML that featsql reads",
    "FS102": "unknown key",
    "FS103": "duplicate key",
    "FS104": "wrong type of value",
    "FS105": "a required key is missing",
    "FS106": "a value that is not allowed",
    "FS107": "not a duration",
    "FS108": "the header is not closed",
    "FS109": "a name that cannot be used",
    "FS110": "a reserved name",
    "FS111": "unknown test",
    "FS112": "a unit test that cannot be run",
    # 2xx: templates
    "FS201": "template syntax",
    "FS202": "an undefined name in a template",
    "FS203": "an undefined variable",
    "FS204": "a template failed",
    "FS205": "a template went over a limit",
    "FS206": "a wrong call of ref, source, var or env_var",
    # 3xx: SQL
    "FS301": "SQL syntax",
    "FS302": "not one SELECT",
    "FS303": "a clause that a feature view cannot have",
    "FS304": "a projection without a name",
    "FS305": "unknown column",
    "FS306": "ambiguous column",
    "FS307": "unknown window",
    "FS308": "not an aggregate that windows can use",
    "FS309": "a wrong aggregate call",
    "FS310": "an expression that a feature cannot have",
    "FS311": "two columns of one name",
    "FS312": "nested too deeply",
    "FS313": "a missing column",
    # 4xx: the graph
    "FS401": "unknown model",
    "FS402": "unknown source",
    "FS403": "unknown entity",
    "FS404": "unknown feature",
    "FS405": "two nodes of one name",
    "FS406": "a cycle",
    "FS407": "a feature view is needed here",
    "FS408": "a disabled node is read",
    "FS409": "a table is read past the graph",
    "FS410": "a seed that cannot be read",
    "FS411": "a key without a column",
    # 5xx: time
    "FS501": "a column that is not a time",
    "FS502": "as_of_time outside the SELECT list",
    "FS503": "a declared known time is not used",
    "FS504": "the clock is read",
    "FS505": "later rows are taken in",
    "FS506": "rows are gathered over all times",
    "FS507": "a group is seen from its start",
    "FS508": "a join to a table that changes",
    "FS509": "a time of arrival is not declared",
    "FS510": "the row of the label can be seen",
    "FS511": "the label is known when it is asked for",
    "FS512": "a row that is overwritten later",
    "FS513": "a column is known later than its row",
    # 6xx: dialects
    "FS601": "unknown dialect",
    "FS602": "an expression that another dialect cannot say",
    # 7xx: the warehouse
    "FS701": "the warehouse cannot be opened",
    "FS702": "the warehouse refused a statement",
    "FS703": "someone else holds the target",
    "FS704": "a table that is not there",
    # 9xx: bugs of featsql
    "FS900": "a bug in featsql",
}
