"""Zip archives that are the same bytes each time."""

import io
import zipfile


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
