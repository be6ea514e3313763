"""The Files API over a folder: files and directories of volumes; uploads in parts."""

import hashlib
import os
import pathlib
import secrets
import shutil

from refusals import Bad

PART_BYTES_MIN = 5 << 20  # The cloud's: only the last part may be smaller.


class Volumes:
    """`/Volumes/catalog/schema/volume/…` as `root/catalog/schema/volume/…`."""

    def __init__(self, root: pathlib.Path, ways):
        self.root, self.ways = root, ways
        self.external = {}  # Full name of an external volume: its folder.
        self.sessions = {}  # Session token of an upload in parts: its path, folder, and whether it may replace.

    def make(self, full_name):
        (self.root / full_name.replace(".", "/")).mkdir(parents=True, exist_ok=True)

    def make_external(self, full_name, folder):
        folder.mkdir(parents=True, exist_ok=True)
        link = self.root / full_name.replace(".", "/")
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(folder)
        self.external[full_name] = folder

    def drop(self, full_name):
        place = self.root / full_name.replace(".", "/")
        if self.external.pop(full_name, None):
            place.unlink()
        else:
            shutil.rmtree(place, ignore_errors=True)

    def place_of(self, path):
        parts = pathlib.PurePosixPath(path).parts
        if len(parts) < 5 or parts[1] != "Volumes" or ".." in parts:
            raise Bad(400, "INVALID_PARAMETER_VALUE", f"{path} is no path of a volume")
        if not (self.root.joinpath(*parts[2:5])).is_dir():
            raise Bad(404, "NOT_FOUND", f"Volume '{'.'.join(parts[2:5])}' does not exist.")
        return self.root.joinpath(*parts[2:])

    def _write(self, place, stream, length):
        """All or nothing; gives the MD5."""
        place.parent.mkdir(parents=True, exist_ok=True)
        part, digest = place.with_name(f"{place.name}.{secrets.token_hex(4)}.part"), hashlib.md5()
        with open(part, "wb") as out:
            while length:
                piece = stream.read(min(length, 1 << 20))
                if not piece:
                    part.unlink()
                    raise ConnectionError
                out.write(piece)
                digest.update(piece)
                length -= len(piece)
        os.replace(part, place)
        return digest.hexdigest()

    def _writable(self, path, overwrite):
        place = self.place_of(path)
        if place.is_dir():
            raise Bad(409, "ALREADY_EXISTS", f"{path} is a directory")
        if place.exists() and not overwrite:
            raise Bad(409, "ALREADY_EXISTS", f"{path} is there already")
        return place

    def put(self, path, overwrite, stream, length):
        self._write(self._writable(path, overwrite), stream, length)

    def begin_parts(self, path, overwrite):
        self._writable(path, overwrite)
        token = secrets.token_urlsafe(16)
        self.sessions[token] = (path, self.root.parent / "parts" / token, overwrite)
        return token

    def session(self, path, token):
        known = self.sessions.get(token)
        if known is None or known[0] != path:
            raise Bad(404, "NOT_FOUND", "The upload session does not exist.")
        return known

    def put_part(self, token, number, stream, length):
        return f'"{self._write(self.sessions[token][1] / str(number), stream, length)}"'

    def complete(self, path, token, parts):
        _, folder, overwrite = self.session(path, token)
        place, numbers = self._writable(path, overwrite), [part["part_number"] for part in parts]
        if numbers != list(range(1, len(parts) + 1)):
            raise Bad(400, "INVALID_PARAMETER_VALUE", f"part numbers {numbers}")
        whole = folder / "whole"
        with open(whole, "wb") as out:
            for part in parts:
                piece = folder / str(part["part_number"])
                content = piece.read_bytes() if piece.exists() else b""
                etag = f'"{hashlib.md5(content).hexdigest()}"' if self.ways.etags else ""
                if not piece.exists() or etag != part["etag"]:
                    raise Bad(400, "INVALID_PARAMETER_VALUE", f"part {part['part_number']}: no such ETag")
                if len(content) < PART_BYTES_MIN and part is not parts[-1]:
                    raise Bad(400, "INVALID_PARAMETER_VALUE", f"part {part['part_number']} is smaller than 5 MiB")
                out.write(content)
        place.parent.mkdir(parents=True, exist_ok=True)
        os.replace(whole, place)
        self.abort(token)

    def append(self, token, begin, stream, length, total, block):
        """Bytes of a resumable upload, from `begin` on. How many are there, in blocks, or None: all, and the file is."""
        path, folder, overwrite = self.sessions[token]
        whole = folder / "whole"
        folder.mkdir(parents=True, exist_ok=True)
        whole.touch()
        there = whole.stat().st_size
        if length and begin > there:
            raise Bad(400, "INVALID_PARAMETER_VALUE", f"bytes from {begin} on, where {there} are there")
        broke = False
        with open(whole, "r+b") as out:
            out.seek(begin if length else there)
            while length and not broke:
                piece = stream.read(min(length, 1 << 20))
                broke = not piece
                out.write(piece)
                length -= len(piece)
            there = out.tell()
            if there != total:
                there -= there % block
            out.truncate(there)
        if broke:
            raise ConnectionError
        if there != total:
            return there
        place = self._writable(path, overwrite)
        place.parent.mkdir(parents=True, exist_ok=True)
        os.replace(whole, place)
        self.abort(token)
        return None

    def abort(self, token):
        shutil.rmtree(self.sessions.pop(token)[1], ignore_errors=True)

    def existing(self, path):
        place = self.place_of(path)
        if not place.is_file():
            raise Bad(404, "NOT_FOUND", f"{path} does not exist")
        return place

    def size(self, path):
        return self.existing(path).stat().st_size

    def remove(self, path):
        self.existing(path).unlink()

    def folder(self, path):
        place = self.place_of(path)
        if not place.is_dir():
            raise Bad(404, "NOT_FOUND", f"{path} does not exist")
        return place

    def head_folder(self, path):
        # As the real one (databricks/cli#5834): HEAD does not find the root of an empty volume.
        if not any(self.folder(path).iterdir()) and len(pathlib.PurePosixPath(path).parts) == 5:
            raise Bad(404, "NOT_FOUND", f"{path} does not exist")

    def listing(self, path, ways):
        return [
            {
                "path": f"{path.rstrip('/')}/{child.name}" + ("/" if child.is_dir() and ways.trailing_slash else ""),
                "name": child.name,
                "is_directory": child.is_dir(),
                "last_modified": int(child.stat().st_mtime * 1000),
                **({} if child.is_dir() else {"file_size": child.stat().st_size}),
            }
            for child in sorted(self.folder(path).iterdir())
        ]

    def make_directory(self, path):
        place = self.place_of(path)
        if place.is_file():
            raise Bad(409, "ALREADY_EXISTS", f"{path} is a file")
        place.mkdir(parents=True, exist_ok=True)

    def remove_directory(self, path):
        place = self.folder(path)
        if any(place.iterdir()):
            raise Bad(400, "FILES_API_DIRECTORY_IS_NOT_EMPTY", f"{path} is not empty")
        place.rmdir()
