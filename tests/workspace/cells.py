"""Cells of any engine in one form, in which equal means equal: the sign of zero, the scale, the zone."""

import datetime
import decimal


def cell(value):
    """Of pyarrow's and PySpark's values; instants must be aware of their zone."""
    if isinstance(value, bool) or value is None or isinstance(value, (int, str)):
        return value
    if isinstance(value, float):
        return f"double {value.hex()}"
    if isinstance(value, decimal.Decimal):
        return f"decimal {value}"
    if isinstance(value, datetime.datetime):
        zone = "" if value.tzinfo is None else "Z"
        return f"time {value.astimezone(datetime.UTC).replace(tzinfo=None).isoformat() if zone else value.isoformat()}{zone}"
    if isinstance(value, datetime.date):
        return f"date {value.isoformat()}"
    if isinstance(value, (bytes, bytearray)):
        return f"bytes {bytes(value).hex()}"
    if isinstance(value, dict):
        # An empty map is an empty list to pyarrow.
        return {str(key): cell(each) for key, each in value.items()} or []
    if hasattr(value, "asDict"):  # PySpark's rows, which are structs.
        return {key: cell(each) for key, each in value.asDict().items()}
    if value and all(type(each) is tuple for each in value):  # pyarrow's maps.
        return {str(key): cell(each) for key, each in value}
    return [cell(each) for each in value]
