"""The Files API over a folder: files and directories of volumes."""

import os
import pathlib
import shutil

from statements import Bad


class Volumes:
    """`/Volumes/catalog/schema/volume/…` as `root/catalog/schema/volume/…`."""

    def __init__(self, root: pathlib.Path):
        self.root = root
        self.external = {}  # Full name of an external volume: its folder.

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

    def put(self, path, overwrite, stream, length):
        place = self.place_of(path)
        if place.exists() and not overwrite:
            raise Bad(409, "ALREADY_EXISTS", f"{path} is there already")
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_name(place.name + ".part")
        with open(part, "wb") as out:
            while length:
                piece = stream.read(min(length, 1 << 20))
                if not piece:
                    part.unlink()
                    raise ConnectionError
                out.write(piece)
                length -= len(piece)
        os.replace(part, place)

    def size(self, path):
        place = self.place_of(path)
        if not place.is_file():
            raise Bad(404, "NOT_FOUND", f"{path} does not exist")
        return place.stat().st_size

    def remove(self, path):
        self.size(path)
        self.place_of(path).unlink()

    def listing(self, path):
        place = self.place_of(path)
        if not place.is_dir():
            raise Bad(404, "NOT_FOUND", f"{path} does not exist")
        return [
            {"path": f"{path.rstrip('/')}/{child.name}", "name": child.name, "is_directory": child.is_dir()}
            for child in sorted(place.iterdir())
        ]

    def remove_directory(self, path):
        place = self.place_of(path)
        if not place.is_dir():
            raise Bad(404, "NOT_FOUND", f"{path} does not exist")
        if any(place.iterdir()):
            raise Bad(400, "FILES_API_DIRECTORY_IS_NOT_EMPTY", f"{path} is not empty")
        place.rmdir()
