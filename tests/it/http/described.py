"""Conditions of a query that OpenAPI cannot describe: parameters that need others, and values of another query."""

import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    if not case.meta.generation.mode.is_positive:
        return
    query = case.query
    # A cursor is valid only for the query of its page. A parameter in `empty` must not be given as well.
    query.pop("after", None)
    query.pop("empty", None)
    # A field accepts only values of its type, and on the whole log it needs an entity type.
    if query.get("changed") not in ("username", "role"):
        for name in ("changed", "from", "to"):
            query.pop(name, None)
    if "entity_id" in query and not query.get("entity_type"):
        query.pop("entity_id")
    if query.get("entity_type") not in (None, "", "User"):
        for name in ("changed", "from", "to"):
            query.pop(name, None)
    # A query that no index serves needs a bound.
    if not query.get("since"):
        query["since"] = "2001-01-01"
