"""What OpenAPI cannot say of a query: which parameters need others, and which values belong to another query."""

import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    if not case.meta.generation.mode.is_positive:
        return
    query = case.query
    # A cursor belongs to the query of its page. The names of `empty` must not be given as well.
    query.pop("after", None)
    query.pop("empty", None)
    # A field can hold values of its type alone, and on the whole log it belongs to an entity.
    if query.get("changed") not in ("username", "role"):
        for name in ("changed", "from", "to"):
            query.pop(name, None)
    if "entity_id" in query and not query.get("entity_type"):
        query.pop("entity_id")
    if query.get("entity_type") not in (None, "", "User"):
        for name in ("changed", "from", "to"):
            query.pop(name, None)
    # What no index serves needs a bound.
    if not query.get("since"):
        query["since"] = "2001-01-01"
