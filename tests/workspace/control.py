"""`/_control`, which asks for no token: the switches, and what was seen so far (README.md)."""


def answer(exchange):
    space, what = exchange.space, exchange.route.removeprefix("/_control/")
    body, is_set = exchange.json(), exchange.command == "POST"
    if what == "faults":
        space.faults.add(body) if is_set else space.faults.clear()
    elif what == "ways":
        space.ways.put(body) if is_set else space.ways.clear()
    elif what == "catalog":
        space.catalog.make_by_hand(body["name"], body.get("default_storage", False))
    elif what == "empty":
        space.catalog.drop_everything()
    elif what == "state":
        for name, value in body.items():
            set_state(space, name, value)
    statements = space.warehouse.statements.values()
    return {
        "hits": space.faults.hits,
        "calls": space.calls,
        "statements": [{"sql": s.sql, "state": s.state, "error": s.error, "tags": s.tags, "principal": s.principal} for s in statements],
        "warehouse": space.warehouse.awake.told(),
        "grants": space.catalog.grants,
        "cloud_files": [str(path.relative_to(space.root / "cloud")) for path in (space.root / "cloud").rglob("*") if path.is_file()],
    }


def set_state(space, name, value):
    match name:
        case "groups":
            space.catalog.groups = set(value)
        case "may_create_catalog":
            space.catalog.may_create_catalog = value
        case "external_locations":
            space.spark.external_locations = list(value)
        case "link_lifetime_s":
            space.links.lifetime_s = value
        case "chunk_rows":
            space.warehouse.chunk_rows = value
        case "warehouse_start_s":
            space.warehouse.awake.start_s = value
            space.warehouse.awake.sleep()
        case "auto_stop_s":
            space.warehouse.awake.auto_stop_s = value
        case "answer_after_s":
            space.warehouse.answer_after_s = value
        case "token_s":
            space.sign_in.token_s = value
        case "expire_tokens":
            space.sign_in.expire()
        case _:
            space.ways.put({name: value})
