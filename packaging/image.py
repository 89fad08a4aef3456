#!/usr/bin/env python3
"""packaging/image.py DIST VERSION COMMIT EPOCH: writes qamera-mock-VERSION-oci.tar into DIST, an image from scratch
of each binary that is in DIST, without a container engine and the same bytes each time.

The archive is an OCI image layout with one index for all architectures; for engines that read only what `docker save`
wrote, its manifest.json names the image for x64. Prints the file and the index's digest. Standard library only.
"""

import hashlib
import json
import sys
import time
from pathlib import Path

import elf
from archive import Tar, gzipped

USER = 65532  # "nonroot" of other images from scratch
PORT = 4010
BINARY = "qamera-mock"
SECOND = 1_000_000_000
ARCHITECTURES = {"x64": "amd64", "arm64": "arm64"}
# The authorities that Debian's package brings, not the machine's own bundle, to which its owner may have added.
AUTHORITIES = Path("/usr/share/ca-certificates/mozilla")
OCI = "application/vnd.oci.image."


def authorities():
    found = sorted(AUTHORITIES.glob("*.crt"))
    if not found:
        raise SystemExit(f"{AUTHORITIES}: expected the certificates of Debian's package ca-certificates")
    return b"".join(path.read_bytes().rstrip(b"\n") + b"\n" for path in found)


def layer(folder, epoch):
    tar = Tar(epoch)
    documents = "usr/share/doc/qamera-mock"
    for name in ("etc", "etc/ssl", "etc/ssl/certs"):
        tar.add(name)
    tar.add("etc/ssl/certs/ca-certificates.crt", authorities())
    tar.add(BINARY, (folder / BINARY).read_bytes(), mode=0o755)
    for name in ("usr", "usr/share", "usr/share/doc", documents):
        tar.add(name)
    for name in ("LICENSE", "NOTICES.txt", "qamera-mock.spdx.json"):
        if (folder / name).exists():
            tar.add(f"{documents}/{name}", (folder / name).read_bytes())
    # A volume that is mounted here first becomes this user's too: for --record and the like.
    tar.add("work", owner=USER)
    return tar.bytes()


class Layout:
    """Blobs by their digests."""

    def __init__(self):
        self.blobs = {}

    def add(self, media_type, data, **more):
        digest = hashlib.sha256(data).hexdigest()
        self.blobs[f"blobs/sha256/{digest}"] = data
        return {"mediaType": OCI + media_type, "digest": f"sha256:{digest}", "size": len(data), **more}

    def add_json(self, media_type, value, **more):
        return self.add(media_type, as_json(value), **more)


def as_json(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def path_of(descriptor):
    return "blobs/" + descriptor["digest"].replace(":", "/")


def labels(version, commit):
    return {"org.opencontainers.image.title": "qamera-mock",
            "org.opencontainers.image.description": "Unofficial test double of the Qamera AI external API",
            "org.opencontainers.image.version": version, "org.opencontainers.image.revision": commit,
            "org.opencontainers.image.licenses": "MIT"}


def settings(version, commit):
    return {
        "User": f"{USER}:{USER}",
        "WorkingDir": "/work",
        "Entrypoint": ["/" + BINARY],
        "ExposedPorts": {f"{PORT}/tcp": {}},
        "Env": ["PATH=/", "QAMERA_MOCK_HOST=0.0.0.0", "QAMERA_MOCK_ADMIN_TOKEN=none"],
        "StopSignal": "SIGTERM",
        # A member of Docker's, which the OCI's specification reserves.
        "Healthcheck": {"Test": ["CMD", "/" + BINARY, "health"], "Interval": 10 * SECOND, "Timeout": 3 * SECOND,
                        "StartPeriod": 10 * SECOND, "StartInterval": SECOND // 5, "Retries": 3},
        "Labels": labels(version, commit),
    }


def add_image(layout, folder, architecture, version, commit, epoch):
    """The manifest's descriptor."""
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch))
    files = layer(folder, epoch)
    config = {"architecture": architecture, "os": "linux", "created": created, "config": settings(version, commit),
              "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(files).hexdigest()]},
              "history": [{"created": created, "created_by": "scripts/package image"}]}
    manifest = {"schemaVersion": 2, "mediaType": OCI + "manifest.v1+json",
                "config": layout.add_json("config.v1+json", config),
                "layers": [layout.add("layer.v1.tar+gzip", gzipped(files))]}
    return layout.add_json("manifest.v1+json", manifest, platform={"architecture": architecture, "os": "linux"})


def write(dist, version, commit, epoch):
    """The archive's path and the index's digest."""
    layout = Layout()
    manifests = []
    for folder in sorted(dist.glob("linux-*"), reverse=True):  # x64 first
        architecture = ARCHITECTURES[elf.machine(folder / BINARY)]
        manifests.append(add_image(layout, folder, architecture, version, commit, epoch))
    if not manifests:
        raise SystemExit(f"{dist}: expected a binary in linux-x64 or linux-arm64; scripts/package binary makes it")
    index = layout.add_json("index.v1+json", {
        "schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests": manifests,
        "annotations": labels(version, commit)},
        annotations={"org.opencontainers.image.ref.name": version,
                     "io.containerd.image.name": f"docker.io/library/qamera-mock:{version}"})
    first = json.loads(layout.blobs[path_of(manifests[0])])
    files = {
        "oci-layout": as_json({"imageLayoutVersion": "1.0.0"}),
        "index.json": as_json({"schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests": [index]}),
        "manifest.json": as_json([{"Config": path_of(first["config"]), "RepoTags": [f"qamera-mock:{version}"],
                                   "Layers": [path_of(one) for one in first["layers"]]}]),
        **layout.blobs}
    tar = Tar(epoch)
    for name in ("blobs", "blobs/sha256"):
        tar.add(name)
    for name, data in sorted(files.items()):
        tar.add(name, data)
    path = dist / f"qamera-mock-{version}-oci.tar"
    path.write_bytes(tar.bytes())
    return path, index["digest"]


def main():
    if len(sys.argv) != 5:
        raise SystemExit(__doc__)
    dist, version, commit, epoch = sys.argv[1:]
    print(*write(Path(dist), version, commit, int(epoch)))


if __name__ == "__main__":
    main()
