"""Thrift's compact protocol as a tree, read and written without a schema: what Parquet's footer and page headers are.

https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
A struct is a list of [field id, type, value]; a list is [element type, [values]].
"""

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)


class Reader:
    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def varint(self):
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def value(self, kind):
        if kind in (TRUE, FALSE):
            self.at += 1
            return self.data[self.at - 1]
        if kind == BYTE:
            self.at += 1
            return self.data[self.at - 1]
        if kind in (I16, I32, I64):
            raw = self.varint()
            return (raw >> 1) ^ -(raw & 1)
        if kind == DOUBLE:
            self.at += 8
            return self.data[self.at - 8 : self.at]
        if kind == BINARY:
            size = self.varint()
            self.at += size
            return self.data[self.at - size : self.at]
        if kind in (LIST, SET):
            head = self.data[self.at]
            self.at += 1
            size = head >> 4 if head >> 4 != 15 else self.varint()
            return [head & 15, [self.value(head & 15) for _ in range(size)]]
        if kind == STRUCT:
            return self.struct()
        raise ValueError(f"a thrift type {kind}")

    def struct(self):
        fields, last = [], 0
        while True:
            head = self.data[self.at]
            self.at += 1
            if head == 0:
                return fields
            kind = head & 15
            last = last + (head >> 4) if head >> 4 else self.value(I16)
            fields.append([last, kind, None if kind in (TRUE, FALSE) else self.value(kind)])


def varint(value):
    value %= 1 << 64
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def written(kind, value):
    if kind in (TRUE, FALSE, BYTE):
        return bytes([value & 0xFF])
    if kind in (I16, I32, I64):
        return varint((value << 1) ^ (value >> 63) if -(1 << 63) <= value < 1 << 63 else value)
    if kind == DOUBLE:
        return value
    if kind == BINARY:
        return varint(len(value)) + value
    if kind in (LIST, SET):
        element, values = value[0], value[1]
        size = value[2] if len(value) > 2 else len(values)  # a third entry: the size that it claims
        head = bytes([size << 4 | element]) if 0 <= size < 15 else bytes([0xF0 | element]) + varint(size)
        return head + b"".join(written(element, v) for v in values)
    if kind == STRUCT:
        return struct_written(value)
    return b""


def struct_written(fields):
    out, last = bytearray(), 0
    for number, kind, value in fields:
        step = number - last
        if 0 < step < 16:
            out.append(step << 4 | kind)
        else:
            out.append(kind)
            out += written(I16, number)
        last = number
        if kind not in (TRUE, FALSE):
            out += written(kind, value)
    out.append(0)
    return bytes(out)


def field(fields, number):
    """The value of a field, or None."""
    for got, _, value in fields:
        if got == number:
            return value
    return None


def set_field(fields, number, kind, value):
    for entry in fields:
        if entry[0] == number:
            entry[1:] = [kind, value]
            return
    fields.append([number, kind, value])
    fields.sort(key=lambda entry: entry[0])


def nodes(kind, value, path=()):
    """Every field and list of a tree as (holder, path): a struct's [id, type, value] entry or a list's [type, values]."""
    if kind == STRUCT:
        for entry in value:
            yield entry, path + (entry[0],)
            yield from nodes(entry[1], entry[2], path + (entry[0],))
    elif kind in (LIST, SET) and value[0] in (STRUCT, LIST, SET):
        for element in value[1]:
            yield from nodes(value[0], element, path + ("[]",))
