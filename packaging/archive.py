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


def tarred(entries):
    """The bytes of a compressed tar archive of `entries`, (name, bytes, whether it is a program) in their order."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data, is_program in entries:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = len(data), _TIME, 0o755 if is_program else 0o644
            tar.addfile(entry, io.BytesIO(data))
    compressed = io.BytesIO()
    with gzip.GzipFile("", "wb", 9, compressed, mtime=0) as file:
        file.write(packed.getvalue())
    return compressed.getvalue()
