"""Archives that are the same bytes each time."""

import gzip
import io
import tarfile
import zipfile

_TIME = 499162500  # the one that npm gives all of its files


def zipped(entries, programs):
    """The bytes of an archive of `entries`, (name, bytes) in their order; those named in `programs` are executable."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in entries:
            entry = zipfile.ZipInfo(name)  # of 1980, the first year that the format knows
            entry.create_system = 3
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if name in programs else 0o100644) << 16
            archive.writestr(entry, data)
    return packed.getvalue()


class Tar:
    """A tar archive of files without owner's name and with one time, in the order in which they are added."""

    def __init__(self, time):
        self.packed = io.BytesIO()
        self.archive = tarfile.open(fileobj=self.packed, mode="w", format=tarfile.USTAR_FORMAT)
        self.time = time

    def add(self, name, data=None, mode=0o644, owner=0):
        """A file; without data a folder."""
        entry = tarfile.TarInfo(name)
        entry.mtime, entry.mode, entry.uid, entry.gid = self.time, mode, owner, owner
        if data is None:
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
        else:
            entry.size = len(data)
        self.archive.addfile(entry, io.BytesIO(data or b""))

    def bytes(self):
        self.archive.close()
        return self.packed.getvalue()


def gzipped(data):
    compressed = io.BytesIO()
    with gzip.GzipFile("", "wb", 9, compressed, mtime=0) as file:
        file.write(data)
    return compressed.getvalue()


def tarred(entries):
    """The bytes of a compressed tar archive of `entries`, (name, bytes, whether it is a program) in their order."""
    tar = Tar(_TIME)
    for name, data, is_program in entries:
        tar.add(name, data, 0o755 if is_program else 0o644)
    return gzipped(tar.bytes())


def ar(members, time):
    """The bytes of an archive of ar's, of (name, bytes); names have at most 15 characters."""
    packed = b"!<arch>\n"
    for name, data in members:
        packed += f"{name:<16}{time:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n".encode()
        packed += data + b"\n" * (len(data) % 2)
    return packed
